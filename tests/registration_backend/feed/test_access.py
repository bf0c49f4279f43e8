"""Who may read the feed, and what every answer says to caches and to those who may not."""

from __future__ import annotations

import base64
import gzip
import secrets
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from disclosure.models import AccessToken, Role
from disclosure.tokens import hash_of, issue
from registrations.models import Agency
from tests.registration_backend.feed.world import CHANGES, ITEMS, PRIVATE, PUBLIC, ApiReader, enrol, near

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize("path", PRIVATE)
@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "token_missing"),
        ("", "token_missing"),
        ("Bearer", "token_missing"),
        ("Digest x", "token_missing"),
        pytest.param(f"Bearer {secrets.token_urlsafe(32)}", "token_unknown", id="an invented token"),
        ("Bearer é", "token_unknown"),
        ("Basic !!!", "token_unknown"),
        (basic("token", ""), "token_unknown"),
        (basic("token", "wrong"), "token_unknown"),
    ],
)
def test_without_a_known_token_the_answer_is_401(agency: Agency, path: str, header: str | None, code: str) -> None:
    answer = Client().get(path, headers={} if header is None else {"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer["WWW-Authenticate"] == 'Basic realm="Camera Registry", Bearer'
    assert answer["Cache-Control"] == "no-store"
    assert set(answer.json()) == {"code", "description"}


@pytest.mark.parametrize("path", PRIVATE)
def test_a_token_serves_as_bearer_and_as_the_password_of_the_user_token(agency: Agency, path: str) -> None:
    token, _ = issue(agency, "investigator", 1)
    for header in (f"Bearer {token}", f"bearer {token}", basic("token", token)):
        assert Client().get(path, headers={"Authorization": header}).status_code == 200
    refused = Client().get(path, headers={"Authorization": basic("somebody", token)})
    assert (refused.status_code, refused.json()["code"]) == (401, "token_unknown")


@pytest.mark.parametrize("path", PRIVATE)
def test_an_expired_token_is_401_and_a_disabled_one_403(agency: Agency, path: str) -> None:
    reader = ApiReader(agency, "investigator")
    AccessToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    answer = reader.get(path)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")
    # Ended access outweighs expiry: 403 is what makes a reader delete its copies.
    AccessToken.objects.update(disabled_at=timezone.now())
    answer = reader.get(path)
    assert (answer.status_code, answer.json()["code"]) == (403, "access_ended")
    assert "WWW-Authenticate" not in answer


@pytest.mark.parametrize("path", PRIVATE)
@pytest.mark.parametrize("role", [Role.VERIFIER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_the_other_roles_do_not_read_the_feed(agency: Agency, path: str, role: str) -> None:
    answer = ApiReader(agency, role).get(path)
    assert (answer.status_code, answer.json()["code"]) == (403, "access_ended")


@pytest.mark.parametrize("path", PUBLIC)
def test_what_the_feed_is_needs_no_token(db: None, path: str) -> None:
    assert Client().get(path).status_code == 200


@pytest.mark.parametrize("path", [*PUBLIC, *PRIVATE])
def test_only_get_and_head_are_answered(agency: Agency, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    token, _ = issue(agency, "investigator", 1)
    headers = {"Authorization": f"Bearer {token}"}
    for method in ("post", "put", "patch", "delete", "options"):
        answer = getattr(client, method)(path, headers=headers)
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    got, head = client.get(path, headers=headers), client.head(path, headers=headers)
    assert (head.status_code, head.content) == (200, b"")
    assert head["Content-Type"] == got["Content-Type"]
    assert int(got["Content-Length"]) == len(got.content)


def test_answers_are_compressed_where_asked_for_and_never_kept(agency: Agency, investigator: ApiReader) -> None:
    enrol(agency, near(40, 60), 3)
    token, _ = issue(agency, "investigator", 1)
    for path in (ITEMS, CHANGES):
        plain = investigator.get(path)
        headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "deflate, gzip;q=0.5"}
        packed = Client().get(path, headers=headers)
        assert "Content-Encoding" not in plain
        assert packed["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.content).startswith(b'{"type":"FeatureCollection"')
        assert len(packed.content) < len(plain.content)
        headers["Accept-Encoding"] = "gzip;q=0, identity"
        assert "Content-Encoding" not in Client().get(path, headers=headers)
        for answer in (plain, packed):
            assert answer["Cache-Control"] == "no-store"
            assert "Authorization" in answer["Vary"]


def test_links_name_the_public_address_where_one_is_set(
    agency: Agency, investigator: ApiReader, settings: object
) -> None:
    settings.PUBLIC_URL = "https://cameras.example.org/"  # type: ignore[attr-defined]
    enrol(agency, near(40, 60), 3)
    for page in (investigator.json(ITEMS, limit=1), investigator.json(CHANGES, limit=1), investigator.json("/ogc/")):
        assert {link["href"].split("/ogc/")[0] for link in page["links"]} == {"https://cameras.example.org"}


def test_only_a_hash_of_a_token_is_stored(agency: Agency) -> None:
    token, record = issue(agency, "analyst", 1)
    assert record.token_hash == hash_of(token)
    stored = AccessToken.objects.values().get(pk=record.pk)
    assert token not in str(stored)
