"""Administrators word an agency's pages: each saving adds a wording, none is ever changed or deleted."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User

from registrations.models import AgencyPage
from staff.roles import ADMINISTRATOR, VERIFIER
from tests.registration_backend.registrations.factories import canary, make_agency

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
LIST = "/staff/registrations/agencypage/"


@pytest.fixture(autouse=True)
def agency():
    return make_agency()


@pytest.fixture
def sign_in(client):
    def as_role(*roles: str) -> User:
        user = User.objects.create(username=canary("user"), is_staff=True)
        user.groups.set(Group.objects.filter(name__in=roles))
        client.force_login(user)
        return user

    return as_role


def add(client, agency, body: str, **values: str):
    return client.post(f"{LIST}add/", {"agency": agency.pk, "kind": "faq", "language": "en", "body": body, **values})


def test_every_saving_adds_a_wording_and_keeps_the_others(client, sign_in, agency):
    sign_in(ADMINISTRATOR)
    assert add(client, agency, "First\r\nwords").status_code == 302
    first = AgencyPage.objects.get()
    assert (first.version, first.body) == (1, "First\nwords")
    assert client.post(f"{LIST}{first.pk}/change/", {"body": "Second words", "version": "77"}).status_code == 302
    assert add(client, agency, "Third words").status_code == 302
    assert add(client, agency, "Palabras", language="es").status_code == 302
    stored = AgencyPage.objects.order_by("id").values_list("language", "version", "body")
    assert list(stored) == [
        ("en", 1, "First\nwords"),
        ("en", 2, "Second words"),
        ("en", 3, "Third words"),
        ("es", 1, "Palabras"),
    ]
    assert "<p>Third words</p>" in client.get("/about/HEL/faq/").content.decode()


def test_an_unchanged_text_adds_nothing_and_an_earlier_one_can_be_brought_back(client, sign_in, agency):
    sign_in(ADMINISTRATOR)
    add(client, agency, "First words")
    add(client, agency, "Second words")
    first, second = AgencyPage.objects.order_by("version")
    client.post(f"{LIST}{second.pk}/change/", {"body": "Second words"})
    assert AgencyPage.objects.count() == 2
    client.post(f"{LIST}{first.pk}/change/", {"body": "First words"})
    assert AgencyPage.objects.get(version=3).body == "First words"


def test_the_page_shows_the_rendered_text_and_its_history(client, sign_in, agency):
    sign_in(ADMINISTRATOR)
    add(client, agency, "**Bold** words <script>alert(1)</script>")
    add(client, agency, "Second words")
    first, second = AgencyPage.objects.order_by("version")
    page = client.get(f"{LIST}{first.pk}/change/").content.decode()
    assert "<strong>Bold</strong> words &lt;script&gt;" in page
    assert f'href="{LIST}{second.pk}/change/"' in page
    assert "Delete" not in page
    shown = client.get(LIST).content.decode()
    assert "HEL-faq-en-2" in shown
    assert "HEL-faq-en-1" not in shown
    assert "HEL-faq-en-1" in client.get(f"{LIST}?wording=all").content.decode()


def test_a_preview_shows_the_harmless_html_and_stores_nothing(client, sign_in):
    sign_in(ADMINISTRATOR)
    answer = client.post(f"{LIST}preview/", {"body": "## Title\n\n![x](https://evil.example/x) <img src=x>"})
    assert "<h3>Title</h3>" not in answer.content.decode()
    assert "<h2>Title</h2>\n<p>x &lt;img src=x&gt;</p>" in answer.content.decode()
    assert "evil.example" not in answer.content.decode()
    assert client.get(f"{LIST}preview/").status_code == 405
    assert not AgencyPage.objects.exists()


@pytest.mark.parametrize("body", ["x" * 20_001, "a\x07b", "a\u202eb"])
def test_unsafe_or_too_long_text_is_refused_at_its_field(client, sign_in, agency, body):
    sign_in(ADMINISTRATOR)
    answer = add(client, agency, body)
    assert answer.status_code == 200
    assert "body" in answer.context["adminform"].form.errors
    assert not AgencyPage.objects.exists()


def test_only_administrators_write_and_nobody_deletes(client, sign_in, agency):
    page = AgencyPage.objects.create(agency=agency, kind="faq", language="en", version=1, body="Words")
    asked = [(f"{LIST}add/", {}), (f"{LIST}{page.pk}/change/", {"body": "x"}), (f"{LIST}preview/", {"body": "x"})]
    for address, data in asked:
        assert "/staff/login/" in client.post(address, data)["Location"]
    sign_in(VERIFIER)
    for address, data in [*asked, (LIST, {})]:
        assert client.post(address, data).status_code == 403
    sign_in(ADMINISTRATOR)
    assert client.post(f"{LIST}{page.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(LIST, {"action": "delete_selected", "_selected_action": page.pk, "post": "yes"})
    assert AgencyPage.objects.get().body == "Words"


def test_two_who_save_at_once_both_keep_their_words(client, sign_in, agency, monkeypatch):
    from staff import page_admin

    sign_in(ADMINISTRATOR)
    add(client, agency, "First words")
    answers = iter([0, 1])  # the first look was overtaken
    monkeypatch.setattr(page_admin, "_last_version", lambda page: next(answers))
    assert add(client, agency, "Second words").status_code == 302
    assert AgencyPage.objects.get(version=2).body == "Second words"


def test_the_first_staff_page_links_to_what_can_be_printed(client, sign_in):
    sign_in(VERIFIER)
    page = client.get("/staff/").content.decode()
    for address in ("leaflet.pdf", "leaflet.pdf?paper=a4", "sticker.pdf?size=small", "sticker.pdf?size=large"):
        assert f'href="/printables/HEL/{address}"' in page
        assert client.get(f"/printables/HEL/{address}").status_code == 200
