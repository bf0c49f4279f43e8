"""On the form: a button finds an address, the place that is chosen becomes the pin, and doubt is left to staff."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from disclosure.address_keys import number_key, street_key
from disclosure.models import Address
from registrations import services, stored_form
from registrations.models import Registration
from registrations.services import SiteDetails
from tests.proof import proof_count

from .areas import make_area
from .factories import make_agency, make_contact, make_registration
from .geocoder_server import census_reply, geocoder_server
from .test_change import form_of, page_of
from .test_geocoders import FAULTS
from .test_pages import SMALLEST, text_of

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

MAIN = (24.9384001, 60.1699002)
ELM = (24.95, 60.18)
CHOOSE_MAIN = "60.1699002 24.9384001 Main Street 12, Springfield"


def add_address(agency, street: str, number: str, town: str, place: tuple[float, float]) -> None:
    keys = {"street_key": street_key(street), "number_key": number_key(number)}
    where = {"longitude": place[0], "latitude": place[1], "premises": "residence"}
    Address.objects.create(agency=agency, street=street, number=number, municipality=town, **where, **keys)


@pytest.fixture(autouse=True)
def agency():
    agency = make_agency()
    add_address(agency, "Main Street", "12", "Springfield", MAIN)
    add_address(agency, "Elm Street", "5", "Springfield", ELM)
    add_address(agency, "Elm Street", "5", "Towson", (24.96, 60.19))
    return agency


@pytest.fixture
def geocoder(settings, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with geocoder_server() as running:
        settings.GEOCODER_URL = running.url
        settings.ADDRESS_SEARCHES = [*settings.ADDRESS_SEARCHES, "registrations.geocoders.CensusGeocoder"]
        running.answers(census_reply(("9 OAK LN, SPRINGFIELD", 24.94, 60.17)))
        yield running


def send(client: Client, **changes: object):
    typed = {**SMALLEST, "address": "12 main st", **changes}
    return client.post("/register/?agency=HEL", {name: value for name, value in typed.items() if value is not None})


def find(client: Client, address: str, **changes: object) -> str:
    answer = send(client, address=address, find_address="1", **changes)
    assert answer.status_code == 200
    assert not Registration.objects.exists()
    return text_of(answer)


def value_of(page: str, name: str) -> str:
    field = re.search(rf'<input[^>]*name="{name}"[^>]*>', page).group(0)
    found = re.search(r'value="([^"]*)"', field)
    return found.group(1) if found else ""


def test_the_button_offers_places_keeps_what_was_typed_and_complains_of_nothing(client):
    page = find(client, "5 elm st", name="Half done", phone="", consent="")
    assert "Elm Street 5, Springfield</button>" in page
    assert "Elm Street 5, Towson</button>" in page
    assert "Source: the address register." in page
    assert value_of(page, "name") == "Half done"
    assert value_of(page, "address") == "5 elm st"
    assert 'class="error"' not in page
    assert value_of(page, "latitude") == ""


def test_the_place_that_is_chosen_becomes_the_pin_and_is_stored_as_geocoded(client):
    offered = re.search(r'name="use_place" value="([^"]*)"', find(client, "12 Main St")).group(1)
    assert offered == CHOOSE_MAIN
    page = text_of(send(client, use_place=offered))
    assert "The pin is set: Main Street 12, Springfield." in page
    sent = {name: value_of(page, name) for name in ("latitude", "longitude", "geocoded_pin")}
    assert sent == {"latitude": "60.1699002", "longitude": "24.9384001", "geocoded_pin": "60.1699002 24.9384001"}
    # Another button in between loses nothing of it.
    page = text_of(send(client, add_camera="1", **sent))
    assert {name: value_of(page, name) for name in sent} == sent
    assert send(client, **sent).status_code == 302
    stored = Registration.objects.get()
    assert (stored.site.coords, stored.site_source) == (MAIN, "geocoded")


def test_a_pin_that_was_moved_afterwards_is_the_owners(client):
    send(client, latitude="60.169901", longitude="24.9384001", geocoded_pin="60.1699002 24.9384001")
    assert Registration.objects.get().site_source == "owner_placed"


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "x",
        "1",
        "nan nan",
        "inf inf",
        "60.1699002",
        "0 0",
        "600 24",
        "\x00",
        "a\x00b",
        "\u202e",
        "٦٠ ٢٤",
        "1e999 2",
        "9" * 9999,
    ],
)
def test_a_forged_choice_sets_no_pin_and_breaks_nothing(client, forged):
    answer = send(client, use_place=forged)
    assert answer.status_code == 200
    assert "Please choose one of the places again" in text_of(answer)
    assert value_of(text_of(answer), "latitude") == ""
    assert send(client, latitude="60.1", longitude="24.9", geocoded_pin=forged).status_code == 302
    assert Registration.objects.get().site_source == "owner_placed"


def test_the_label_of_a_forged_choice_is_shown_as_text(client):
    page = text_of(send(client, use_place="60.1 24.9 <script>alert(1)</script>\u202e\x07{{ 7*7 }}"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("12 Main Street, Springfield", "geocoded"),
        ("MAIN ST 12", "geocoded"),
        ("5 Elm Street, Towson", "geocoded"),
        ("5 Elm Street", None),  # two towns have it
        ("12 Main", None),
        ("12 Main Street, Baltimore", None),
        ("14 Main Street", None),
        ("Main Street", None),
    ],
)
def test_without_a_pin_only_an_exact_address_is_placed_and_the_rest_waits_for_staff(client, address, source):
    assert send(client, address=address).status_code == 302
    stored = Registration.objects.get()
    assert stored.site_source == source
    assert (stored.site is None) == (source is None)
    assert stored.state == "unconfirmed"


def test_an_exact_address_outside_the_agencys_area_is_not_placed_behind_the_forms_back(client, agency):
    make_area(agency, centre=(0.0, 0.0))
    send(client, address="12 Main Street, Springfield")
    assert Registration.objects.get().site is None


def test_a_pin_that_the_registrant_set_is_not_replaced_by_the_register(client):
    send(client, address="12 Main Street", latitude="60.2", longitude="24.8")
    stored = Registration.objects.get()
    assert (stored.site.coords, stored.site_source) == ((24.8, 60.2), "owner_placed")


BAD = [
    ("", "Please type the address first."),
    ("   ", "Please type the address first."),
    ("x" * 301, "This is too long: 301 characters."),
    ("12 Main\x00 St", "control character"),
    ("12 Main\x1b St", "control character"),
    ("12 Main\nSt", "control character"),
    ("12 \u202eMain St", "hidden character"),
    ("<img src=x onerror=alert(1)>", "This address was not found."),
    ("=HYPERLINK(1)", "This address was not found."),
    ("[% 1 %]", "This address was not found."),
    ("x" * 300, "This address was not found."),
    ("1 " * 150, "This address was not found."),
]


@pytest.mark.parametrize(("typed", "said"), BAD)
def test_a_text_that_is_no_address_is_answered_in_plain_words(client, typed, said):
    page = find(client, typed)
    assert said in page
    assert "<img" not in page


def test_an_address_that_is_missing_altogether_is_answered_too(client):
    assert "Please type the address first." in find(client, None)


def test_the_form_says_who_would_receive_the_address_only_where_someone_would(client, geocoder, settings):
    with_geocoder = text_of(client.get("/register/?agency=HEL"))
    assert f"it sends the address that you typed to the US Census Bureau ({geocoder.url[7:]})" in with_geocoder
    assert "Nothing is sent there before you press it." in with_geocoder
    assert re.search(r'name="find_address"[^>]*aria-describedby="receiver-1"', with_geocoder)
    settings.ADDRESS_SEARCHES = settings.ADDRESS_SEARCHES[:1]
    assert "sends the address" not in text_of(client.get("/register/?agency=HEL"))


def test_a_geocoder_is_asked_only_by_the_button_and_only_when_the_register_finds_nothing(client, geocoder):
    client.get("/register/?agency=HEL")
    find(client, "12 Main St")
    send(client, add_camera="1", address="9 Oak Lane")
    send(Client(), language="es", address="9 Oak Lane")
    send(client, name="", address="9 Oak Lane")
    Client(enforce_csrf_checks=True).post("/register/?agency=HEL", {"address": "9 Oak Lane", "find_address": "1"})
    assert send(client, address="9 Oak Lane").status_code == 302
    assert Registration.objects.get().site is None
    assert geocoder.asked == []
    Registration.objects.get().delete()
    page = find(client, "9 Oak Lane")
    assert "9 OAK LN, SPRINGFIELD</button>" in page
    assert "Source: the US Census Bureau." in page
    assert len(geocoder.asked) == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_geocoder_that_fails_leaves_the_form_as_it_was(client, geocoder, fault):
    geocoder.answer, said = FAULTS[fault]
    page = find(client, "9 Oak Lane", name="Half done", **{"camera-0-direction": "SW"})
    assert said in page
    assert value_of(page, "name") == "Half done"
    assert value_of(page, "camera-0-direction") == "SW"


def test_what_a_geocoder_finds_is_shown_as_text(client, geocoder):
    geocoder.answers(census_reply(('"><script>alert(1)</script>', 24.94, 60.17)))
    page = find(client, "9 Oak Lane")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_policy_of_the_page_stays_that_forms_go_nowhere_else(client, geocoder):
    policy = client.get("/register/?agency=HEL")["Content-Security-Policy"]
    assert "form-action 'self'" in policy
    assert geocoder.url not in policy


def test_the_page_for_changing_finds_addresses_too(client):
    registered = make_registration(contact=make_contact(address="5 Elm Street, Towson"))
    page = client.post(
        page_of(registered), {**form_of(client, registered), "address": "12 Main St", "find_address": "1"}
    )
    assert "Main Street 12, Springfield</button>" in text_of(page)
    page = client.post(page_of(registered), {**form_of(client, registered), "use_place": CHOOSE_MAIN})
    sent = {name: value_of(text_of(page), name) for name in ("latitude", "longitude", "geocoded_pin", "seen")}
    client.post(page_of(registered), {**form_of(client, registered), **sent})
    stored = Registration.objects.get()
    assert (stored.site.coords, stored.site_source) == (MAIN, "geocoded")


def test_a_change_of_something_else_keeps_the_pin_and_who_set_it(client):
    registered = make_registration(contact=make_contact(address="12 Main Street"))
    services.place(registered.registration, (24.94, 60.17))
    client.post(page_of(registered), {**form_of(client, registered), "phone": "+1 202 555 0188"})
    stored = Registration.objects.get()
    assert (stored.site.coords, stored.site_source) == ((24.94, 60.17), "staff_verified")


def test_a_change_without_a_pin_is_placed_by_an_exact_address(client):
    registered = make_registration(contact=make_contact(address="nowhere"), site=SiteDetails("business"))
    client.post(page_of(registered), {**form_of(client, registered), "address": "12 Main Street, Springfield"})
    stored = Registration.objects.get()
    assert (stored.site.coords, stored.site_source) == (MAIN, "geocoded")
    assert stored_form.fingerprint(stored)


ANY_TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    [
        "12 Main St",
        "main",
        "5 Elm",
        "1/2",
        "- 1",
        "12 b",
        "#",
        "apt",
        "apt 5",
        "\x00",
        "ﷺ" * 30,
        "1 " * 40,
        "½",
        "%",
        "0 0",
        CHOOSE_MAIN,
    ]
)


def test_no_search_whatever_is_typed_makes_the_server_fail(client):
    @hypothesis_settings(max_examples=proof_count(2000))
    @given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
    def attempt(address, choice, pin):
        assert send(client, address=address, find_address="1", geocoded_pin=pin).status_code == 200
        assert send(client, address=address, use_place=choice).status_code == 200
        assert send(client, address=address, geocoded_pin=pin).status_code in (302, 422)

    attempt()
