"""A form that was left open for a day, its cookie gone, comes back with everything that was typed."""

from __future__ import annotations

import pytest
from django.test import Client

from registrations import contacts
from registrations.models import Registration
from tests.registration_backend.registrations.factories import canary, make_agency, make_registration

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
TYPED = {
    "name": "Demo Person",
    "phone": "+1 202 555 0123",
    "address": "Example street 1",
    "consent": "on",
    "camera-TOTAL_FORMS": "2",
    "camera-INITIAL_FORMS": "0",
    "camera-1-direction": "NE",
    "register": "1",
}


@pytest.fixture
def strict():
    """A browser whose forms are checked against forgery, as outside of tests."""
    return Client(enforce_csrf_checks=True)


def token_in(page) -> dict[str, str]:
    return {"csrfmiddlewaretoken": str(page.context["csrf_token"])}


def test_a_registration_without_its_cookie_comes_back_whole_and_the_second_sending_stores_it(strict):
    make_agency()
    answer = strict.post("/register/?agency=HEL", TYPED)
    assert (answer.status_code, answer["Cache-Control"]) == (403, "no-store")
    assert "please send it again" in answer.content.decode()
    assert answer.context["form"]["name"].value() == "Demo Person"
    assert answer.context["cameras"].forms[1]["direction"].value() == "NE"
    assert not Registration.objects.exists()
    assert strict.post("/register/?agency=HEL", {**TYPED, **token_in(answer)}).status_code == 302
    assert Registration.objects.get().cameras.count() == 2


def test_a_change_without_its_cookie_comes_back_whole_and_changes_nothing(strict):
    registered = make_registration()
    address = f"/registration/{registered.token}/change/"
    seen = strict.get(address).context["seen"]
    strict.cookies.clear()
    before = contacts.read(registered.registration)
    answer = strict.post(address, {**TYPED, "seen": seen})
    assert (answer.status_code, answer["Referrer-Policy"]) == (403, "strict-origin")
    assert answer.context["form"]["phone"].value() == TYPED["phone"]
    assert contacts.read(registered.registration) == before
    assert strict.post(address, {**TYPED, "seen": seen, **token_in(answer)}).status_code == 302
    assert contacts.read(registered.registration).phone == TYPED["phone"]


def test_everything_else_is_refused_plainly(strict):
    registered = make_registration()
    for address in (f"/registration/{registered.token}/withdraw/", f"/registration/{canary('x')}/change/", "/nowhere/"):
        answer = strict.post(address, {**TYPED, "confirmed": "yes"})
        assert answer.status_code in {403, 404}
        assert TYPED["name"] not in answer.content.decode()
    assert Registration.objects.count() == 1
