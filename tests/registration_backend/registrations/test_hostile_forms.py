"""Whatever is sent to any of the registrant's forms is answered in plain words, never with a failure."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from registrations import links
from registrations.enumerations import LinkPurpose
from registrations.models import Link, Registration
from tests.proof import proof_count
from tests.registration_backend.registrations.factories import HELSINKI, Made, make_agency, make_registration

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
ANSWERS = {200, 302, 403, 404, 405, 409, 410, 422, 429}
BAD = {400}  # a zero byte, which no form can hold

FORM = {
    "name": "Demo Person",
    "phone": "+1 202 555 0123",
    "email": "demo.person@example.org",
    "address": "Example street 1",
    "unit": "",
    "latitude": str(HELSINKI[1]),
    "longitude": str(HELSINKI[0]),
    "premises": "residence",
    "consent": "on",
    "camera-TOTAL_FORMS": "1",
    "camera-INITIAL_FORMS": "0",
    "camera-0-camera_id": "",
    "camera-0-direction": "NE",
    "camera-0-retention": "14",
    "camera-0-retention_unit": "days",
    "camera-0-area_viewed": "street",
}
BUTTONS = (
    "add_camera",
    "copy_camera",
    "remove_camera",
    "fill_camera",
    "find_address",
    "use_place",
    "other_agency",
    "language",
    "confirmed",
    "seen",
    "register",
)
NOT_MINE = {
    "agency": "HEL",
    "address": "Example street 1",
    "unit": "2",
    "problem": "moved",
    "note": "We moved in last year",
    "name": "Demo Person",
    "phone": "+1 202 555 0123",
    "email": "demo.person@example.org",
}
# A form with a hundred cameras takes a hundred times as long, so it comes seldom.
COUNTS = ["0", "1", "2", "3", "4", "-1", "x", "1e3", "", "1.5"] * 4 + ["100", "101", "99999999"]
# Each door: its address, in which {visit} and {link} are secrets, and what an honest browser sends there.
DOORS = {
    "register": ("/register/?agency=HEL", FORM),
    "one more site": ("/registration/{visit}/another/", FORM),
    "change": ("/registration/{visit}/change/", FORM),
    "withdraw": ("/registration/{visit}/withdraw/", {"confirmed": "yes"}),
    "keep": ("/registration/{visit}/keep/", {}),
    "leave": ("/registration/{visit}/leave/", {}),
    "send again": ("/registration/{visit}/send-again/", {}),
    "other site": ("/registration/{visit}/other/00000000-0000-0000-0000-000000000001/", {}),
    "ask for a link": ("/link/", {"email": "demo.person@example.org"}),
    "link": ("/link/{link}/", {}),
    "not mine": ("/not-mine/", NOT_MINE),
    "language": ("/language/", {"language": "es", "next": "/register/"}),
}
HOSTILE = st.one_of(
    st.text(max_size=60),
    st.text(alphabet=st.characters(categories=["Cc", "Cf", "Zl", "Co", "Cn"]), max_size=8),
    st.sampled_from(
        [
            "\x00",
            "a\x00b",
            "\u202egpj.exe",
            "\ufeff",
            "=HYPERLINK(1)",
            "+1",
            "-1",
            "@SUM(A1)",
            "[% 1+1 %]",
            "{{ 7*7 }}",
            "<img src=x onerror=alert(1)>",
            "nan",
            "inf",
            "1e999",
            "9" * 400,
            "60,1699",
            "101",
            "-120.5",
            "90",
            "é" * 500,
            "\U0001f600",
            str(uuid.UUID(int=0)),
            "' OR 1=1 --",
            "../../etc/passwd",
        ]
    ),
)


@pytest.fixture
def made() -> Made:
    return make_registration(make_agency())


@settings(max_examples=proof_count(10_000 // len(DOORS) + 1))
@given(data=st.data())
@pytest.mark.parametrize("door", DOORS)
def test_no_form_fails_whatever_is_sent(made, door, data):
    client = Client(raise_request_exception=True)
    registration = made.registration
    Registration.objects.exclude(pk=registration.pk).delete()
    if not Registration.objects.filter(pk=registration.pk).exists():
        registration = make_registration().registration
    Link.objects.all().delete()
    _link, secret = links.make(registration, LinkPurpose.MANAGE)
    address, honest = DOORS[door]
    address = address.format(visit=links.begin_visit(registration), link=secret)
    names = data.draw(st.lists(st.sampled_from([*honest, *BUTTONS, *FORM]), max_size=5, unique=True))
    sent = {**honest, **{name: data.draw(HOSTILE) for name in names}}
    if data.draw(st.booleans()):
        sent["camera-TOTAL_FORMS"] = data.draw(st.sampled_from(COUNTS))
    answer = client.post(address, sent)
    assert answer.status_code in ANSWERS | BAD, (door, answer.status_code)
    if any("\x00" in value for value in sent.values()):
        assert answer.status_code != 302 or door not in {"register", "one more site", "change"}
    assert not Registration.objects.filter(state="published").exists()
    if answer.status_code in BAD | {422}:
        assert "<h1>" in answer.content.decode()
