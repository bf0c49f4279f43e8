"""The queue shows what waits and for what, flags duplicates, acts, and stays fast with thousands waiting."""

from __future__ import annotations

import re
import time
import uuid
from datetime import datetime, timedelta, timezone

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registrations import services
from registrations.models import Camera, Contact, Registration
from registrations.services import SiteDetails
from staff import duplicates as duplicates_module
from staff.duplicates import duplicates
from staff.models import StaffAct
from staff.roles import VERIFIER, agencies_of
from tests.registration_backend.registrations.factories import HELSINKI, make_agency, make_contact, make_registration
from tests.registration_backend.staff.conftest import page_of

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.usefixtures("agency")]
QUEUE = "/staff/queue/"
NORTH_M = 1 / 111_400  # degrees of latitude a metre, at 60 degrees north


def apart(metres: float) -> SiteDetails:
    """A site so many metres north of the factory's own."""
    return SiteDetails("business", (HELSINKI[0], HELSINKI[1] + metres * NORTH_M), "owner_placed")


def waiting_text(page: str, registration: Registration) -> str:
    """Return what the list says of a registration, without tags."""
    item = next(item for item in page.split("<li ") if f"/{registration.pk}/change/" in item.partition("</p>")[0])
    return " ".join(re.sub(r"<[^>]+>", " ", item.partition("</li>")[0]).split())


def test_each_row_says_what_it_waits_for(client, sign_in):
    sign_in(VERIFIER)
    expected = {
        make_registration(confirmed_on=None).registration: "the link in its e-mail",
        make_registration(confirmed_on=None, contact=make_contact(email="")).registration: "a confirmation (no e-mail)",
        make_registration(site=SiteDetails()).registration: "a pin",
        make_registration(consent=None, site=SiteDetails()).registration: "a signed form (no consent yet), a pin",
        make_registration().registration: "your check",
    }
    published = make_registration(published=True).registration
    page = client.get(QUEUE).text
    for registration, words in expected.items():
        assert f"Waits for {words} ." in waiting_text(page, registration)
    assert str(published.pk) not in page.replace(f"/{published.pk}/change/", "")
    assert [page.count(f'name="{name}"') for name in ("ticked", "publish", "suspend", "protect")] == [1, 1, 3, 5]


@pytest.mark.parametrize(
    ("shown", "count"), [("all", 4), ("check", 1), ("pin", 2), ("confirmation", 1), ("consent", 1), ("nonsense", 4)]
)
def test_the_list_can_be_narrowed_and_is_ordered_by_age(client, sign_in, shown, count):
    sign_in(VERIFIER)
    for age, values in enumerate(
        [{}, {"site": SiteDetails()}, {"confirmed_on": None}, {"consent": None, "site": SiteDetails()}]
    ):
        registration = make_registration(**values).registration
        Registration.objects.filter(pk=registration.pk).update(
            created_at=datetime(2026, 1, 9, tzinfo=timezone.utc) - timedelta(days=age)
        )
    page = client.get(f"{QUEUE}?show={shown}").context
    ages = [row["registration"].created_at for row in page["rows"]]
    assert len(ages) == count
    assert ages == sorted(ages)


def test_duplicates_are_the_same_address_or_within_15_m(sign_in):
    user = sign_in(VERIFIER)
    contact = make_contact()
    asked = make_registration(contact=contact).registration
    near = make_registration(site=apart(14)).registration
    far = make_registration(site=apart(16)).registration
    elsewhere = make_registration(
        contact=make_contact(address=f" {contact.address.upper()}, ", unit=contact.unit), site=apart(900)
    ).registration
    unplaced = make_registration(contact=contact, site=SiteDetails()).registration
    make_registration(contact=make_contact(address="", unit=""), site=apart(500))
    make_registration(contact=make_contact(address="", unit=""), site=apart(700))
    found = duplicates(Registration.objects.all(), agencies_of(user))
    assert {one.registration.pk: one.why() for one in found[asked.pk]} == {
        near.pk: "14 m away",
        elsewhere.pk: "same address",
        unplaced.pk: "same address",
    }
    assert {one.registration.pk for one in found[near.pk]} == {asked.pk, far.pk}
    assert sum(len(others) for others in found.values()) == 10, "each pair is found from both ends, and no other"


def test_what_has_no_pin_is_not_compared_with_every_pin(sign_in, monkeypatch):
    user = sign_in(VERIFIER)
    asked = make_registration().registration
    for _ in range(5):
        make_registration(site=SiteDetails())
    compared = []
    monkeypatch.setattr(duplicates_module, "_compared", lambda one, other: compared.append(other.registration.pk))
    duplicates([asked], agencies_of(user))
    assert compared == [asked.pk]


@pytest.mark.parametrize("at", [(24.9, 60.2), (-76.6, 39.3), (0.1, 0.1), (18.0, 78.0), (151.2, -33.9)])
def test_15_m_are_15_m_in_every_direction_at_every_latitude(sign_in, at):
    from pyproj import Geod

    user = sign_in(VERIFIER)
    asked = make_registration(site=SiteDetails("other", at, "owner_placed")).registration
    inside = set()
    for bearing in range(0, 360, 45):
        for metres in (14.95, 15.05):
            east, north, _ = Geod(ellps="WGS84").fwd(*at, bearing, metres)
            made = make_registration(site=SiteDetails("other", (east, north), "owner_placed")).registration
            inside |= {made.pk} if metres < 15 else set()
    found = duplicates([asked], agencies_of(user))[asked.pk]
    assert {one.registration.pk for one in found} == inside


def test_the_queue_and_the_page_flag_a_duplicate_without_its_contact(client, sign_in):
    sign_in(VERIFIER)
    contact = make_contact()
    first = make_registration(contact=contact).registration
    second = make_registration(contact=contact, site=apart(300)).registration
    for page in (client.get(QUEUE).text, client.get(page_of(first)).text):
        assert f'/{second.pk}/change/">{str(second.pk)[:8]}</a>' in page
        assert "same address" in page
        assert contact.address not in page


def test_the_buttons_publish_suspend_and_protect(client, sign_in):
    sign_in(VERIFIER)
    first, second, third = (make_registration().registration for _ in range(3))
    client.post(QUEUE, {"publish": str(first.pk)})
    client.post(QUEUE, {"suspend": str(second.pk)})
    answer = client.post(f"{QUEUE}?show=check&page=1", {"protect": str(third.pk)})
    assert answer["Location"] == f"{QUEUE}?show=check&page=1"
    for registration in (first, second, third):
        registration.refresh_from_db()
    assert [one.state for one in (first, second, third)] == ["published", "suspended", "pending"]
    assert third.is_protected
    assert sorted(StaffAct.objects.values_list("act", flat=True)) == ["protected", "published", "suspended"]
    page = client.get(QUEUE).text.partition("data-queue-map")[0]
    assert "Protected: on no map" in page
    assert "data-latitude" not in page, "a protected address is on no map, not on this one either"


def test_many_are_published_at_once_and_what_cannot_be_is_named(client, sign_in):
    sign_in(VERIFIER)
    ready = [make_registration().registration for _ in range(3)]
    unplaced, gone = make_registration(site=SiteDetails()).registration, make_registration().registration
    services.withdraw(gone)
    ticked = [str(one.pk) for one in (*ready, unplaced, gone)]
    page = client.post(QUEUE, {"publish_ticked": "1", "ticked": ticked}, follow=True).text
    assert "Published: 3." in page
    assert "has no place yet" in page
    assert "1 of them is not in the queue any more" in page
    assert Registration.objects.filter(state="published").count() == 3
    assert "Nothing was ticked" in client.post(QUEUE, {"publish_ticked": "1"}, follow=True).text


@pytest.mark.parametrize("name", ["publish", "suspend", "protect", "ticked"])
@pytest.mark.parametrize("value", ["", "1", "a\0b", "<script>", "9" * 5000, str(uuid.UUID(int=7))])
def test_what_is_no_id_does_nothing(client, sign_in, name, value):
    sign_in(VERIFIER)
    make_registration()
    assert client.post(QUEUE, {name: value}).status_code in (302, 400)
    assert Registration.objects.get().state == "pending"
    assert not StaffAct.objects.exists()


def test_publishing_on_the_page_leads_on_to_the_next_that_waits(client, sign_in):
    sign_in(VERIFIER)
    first, second = make_registration().registration, make_registration().registration
    page = client.get(page_of(first)).text
    assert re.search(rf'rel="next" href="{page_of(second)}"', page)
    assert 'rel="prev"' not in page
    assert re.search(rf'rel="prev" href="{page_of(first)}"', client.get(page_of(second)).text)
    sent = {"premises": "school", "latitude": "60.2", "longitude": "24.9", "_publish": "1"}
    assert client.post(page_of(first), sent)["Location"] == page_of(second)
    assert client.post(page_of(second), sent)["Location"] == QUEUE


def fill(agency, count: int) -> None:
    """Store many waiting registrations at once: a third without a pin, 300 at one place, a tenth at one address."""
    now = datetime.now(timezone.utc)
    made = [
        Registration(
            agency=agency,
            origin="web",
            state="pending" if number % 4 else "unconfirmed",
            site=None
            if number % 3 == 0
            else Point(24.9 + (number % 1000) / 5000 * (number > 300), 60.1 + number / 1e5 * (number > 300), srid=4326),
            site_source="owner_placed" if number % 3 else None,
            consented_at=now,
            confirmed_on=now.date() if number % 4 else None,
            updated_on=now.date(),
        )
        for number in range(count)
    ]
    Registration.objects.bulk_create(made)
    Contact.objects.bulk_create(
        Contact(
            registration=one, ciphertext=b"x", address_lookup=f"{number if number % 10 else 0:064d}", email_lookup=""
        )
        for number, one in enumerate(made)
    )
    Camera.objects.bulk_create(Camera(registration=one, updated_on=now.date()) for one in made)


def test_the_queue_is_fast_with_thousands_waiting(client, sign_in, agency):
    other = make_agency("OTH")
    sign_in(VERIFIER)
    fill(agency, 30)
    fill(other, 30)
    client.get(QUEUE)
    with CaptureQueriesContext(connection) as few:
        client.get(QUEUE)
    fill(other, 1000)
    fill(agency, 4000)
    with CaptureQueriesContext(connection) as many:
        started = time.perf_counter()
        page = client.get(f"{QUEUE}?page=20")
        seconds = time.perf_counter() - started
    assert len(page.context["rows"]) == 50
    assert page.context["choices"][0][2] == 5060
    assert len(many) == len(few) <= 12
    assert seconds < 5


def test_the_pages_follow_each_other_without_a_script(client, sign_in, agency):
    sign_in(VERIFIER)
    fill(agency, 120)
    address, seen = QUEUE, []
    for _ in range(5):
        page = client.get(address)
        seen += [row["registration"].pk for row in page.context["rows"]]
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        if not following:
            break
        address = following[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 120
    assert 'rel="prev"' in page.text
