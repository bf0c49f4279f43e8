"""A zero byte in a request is the sender's mistake on every database, never a failure of the server."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.mark.parametrize("path", ["/staff/", "/staff/registrations/registration/", "/"])
def test_a_session_cookie_with_a_zero_byte_is_refused(client, path):
    client.cookies.load(r'sessionid="aaaaaaaaa\000aaaaaaaaaaaaaaaaaaaaaa"')
    assert client.get(path).status_code == 400


@pytest.mark.parametrize("query", ["q=%00", "state__exact=%00", "state=a%00b", "agency__id__exact=%00", "%00=1"])
def test_a_filter_with_a_zero_byte_is_refused_on_the_staff_pages(admin_client, query):
    assert admin_client.get(f"/staff/registrations/registration/?{query}").status_code == 400


@pytest.mark.parametrize("path", ["/staff/login/", "/staff/registrations/agency/%00/change/", "/registration/%00/"])
def test_a_zero_byte_in_a_path_or_a_form_fails_nothing(admin_client, path):
    assert admin_client.get(path).status_code < 500
    assert admin_client.post(path, {"username": "a\0b", "password": "\0"}).status_code < 500


def test_what_only_looks_like_a_zero_byte_passes(client):
    assert client.get("/health?x=%2500&y=0").json() == {"status": "ok"}
