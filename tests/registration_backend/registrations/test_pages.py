"""The registrant's pages: what is required, what is refused, what is stored, and that nothing leaks."""

from __future__ import annotations

import logging
import re
import sys

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from registrations import contacts, keystore, services
from registrations.forms import CameraForm
from registrations.models import Registration
from tests.proof import proof_count

from .factories import canary, make_agency, make_registration

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

SMALLEST = {
    "name": "A Person",
    "phone": "+358 40 1234567",
    "address": "Example street 1",
    "consent": "on",
    "camera-TOTAL_FORMS": "1",
    "camera-INITIAL_FORMS": "0",
}


@pytest.fixture(autouse=True)
def agency():
    return make_agency()


def send(client: Client, **changes: object):
    return client.post("/register/?agency=HEL", {**SMALLEST, **changes})


def text_of(response) -> str:
    return response.content.decode()


def test_the_first_page_states_the_promise_and_leads_to_the_form(client):
    page = text_of(client.get("/"))
    assert "voluntary and free" in page
    assert 'href="/register/"' in page


def test_name_one_way_to_be_reached_a_place_and_consent_are_enough(client):
    response = send(client)
    registration = Registration.objects.get()
    assert response.status_code == 302
    assert registration.state == "unconfirmed"
    assert registration.site is None
    assert registration.premises == "other"
    assert registration.consent_version
    assert registration.cameras.count() == 1
    assert registration.cameras.get().recording == "unknown"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "id_name"),
        ({"name": "   "}, "id_name"),
        ({"phone": ""}, "id_phone"),
        ({"phone": "call me"}, "id_phone"),
        ({"email": "not an address"}, "id_email"),
        ({"address": ""}, "id_address"),
        ({"consent": ""}, "id_consent"),
        ({"name": "x" * 121}, "id_name"),
        ({"access_notes": "x" * 501}, "id_access_notes"),
        ({"name": "a\x00b"}, "id_name"),
        ({"name": "a\x1bb"}, "id_name"),
        ({"address": "a\u202egpj.exe"}, "id_address"),
        ({"access_notes": "a\u2066b"}, "id_access_notes"),
        ({"latitude": "60.1"}, "id_longitude"),
        ({"latitude": "nan", "longitude": "24"}, "id_latitude"),
        ({"latitude": "inf", "longitude": "24"}, "id_latitude"),
        ({"latitude": "-120.5", "longitude": "39.3"}, "id_latitude"),
        ({"latitude": "0", "longitude": "0"}, "id_latitude"),
        ({"latitude": "60.1", "longitude": "181"}, "id_longitude"),
        ({"premises": "castle"}, "id_premises"),
        ({"camera-0-direction": "79;230"}, "id_camera-0-direction"),
        ({"camera-0-direction": "361"}, "id_camera-0-direction"),
        ({"camera-0-direction": "-5"}, "id_camera-0-direction"),
        ({"camera-0-retention": "forever"}, "id_camera-0-retention"),
        ({"camera-0-retention": "NaN"}, "id_camera-0-retention"),
        ({"camera-0-retention": "90000"}, "id_camera-0-retention"),
        ({"camera-0-area_viewed": "moon"}, "id_camera-0-area_viewed"),
        ({"camera-0-field_of_view_deg": "400"}, "id_camera-0-field_of_view_deg"),
        ({"camera-0-range_m": "-3"}, "id_camera-0-range_m"),
        ({"camera-0-mount": "<script>"}, "id_camera-0-mount"),
    ],
)
def test_bad_input_is_refused_at_its_field_and_nothing_is_stored(client, changes, field):
    response = send(client, **changes)
    page = text_of(response)
    assert response.status_code == 422
    assert f'id="{field}_error"' in page
    assert f'href="#{field}"' in page
    assert not Registration.objects.exists()


def test_an_error_is_tied_to_its_field_for_screen_readers(client):
    page = text_of(send(client, name=""))
    field = re.search(r'<input[^>]*id="id_name"[^>]*>', page).group(0)
    assert 'aria-invalid="true"' in field
    assert re.search(r'aria-describedby="[^"]*id_name_error', field)
    summary = re.search(r'<section class="summary"[^>]*>', page).group(0)
    assert "autofocus" in summary
    assert 'tabindex="-1"' in summary


@pytest.mark.parametrize("count", ["0", "101", "-1", "1e9", "", "99999999999999999999"])
def test_no_or_too_many_cameras_are_refused(client, count):
    assert send(client, **{"camera-TOTAL_FORMS": count}).status_code == 422
    assert not Registration.objects.exists()


def test_a_hundred_cameras_are_stored_in_the_order_in_which_they_were_named(client):
    directions = {f"camera-{number}-direction": str(number) for number in range(100)}
    assert send(client, **{"camera-TOTAL_FORMS": "100"}, **directions).status_code == 302
    stored = Registration.objects.get().cameras.values_list("direction_deg", flat=True)
    assert list(stored) == [float(number) for number in range(100)]


@pytest.mark.parametrize(
    ("typed", "degrees"),
    [("N", 0.0), ("nw", 315.0), ("south-west", 225.0), ("225", 225.0), ("22,5°", 22.5), ("360", 0.0), ("", None)],
)
def test_directions_may_be_typed_as_people_say_them(client, typed, degrees):
    send(client, **{"camera-0-direction": typed})
    assert Registration.objects.get().cameras.get().direction_deg == degrees


@pytest.mark.parametrize(
    ("number", "unit", "recording", "hours"),
    [
        ("14", "days", "motion", 336.0),
        ("72", "hours", "continuous", 72.0),
        ("1.5", "days", "", 36.0),
        ("", "days", "motion", None),
        ("14", "days", "live_only", None),
    ],
)
def test_retention_is_stored_in_hours_and_live_only_keeps_nothing(client, number, unit, recording, hours):
    send(
        client,
        **{"camera-0-retention": number, "camera-0-retention_unit": unit, "camera-0-recording": recording},
    )
    assert Registration.objects.get().cameras.get().retention_hours == hours


def test_a_pin_replaces_the_address_and_is_marked_as_the_owners(client):
    send(client, address="", latitude="60.1699", longitude="24.9384")
    registration = Registration.objects.get()
    assert registration.site.coords == (24.9384, 60.1699)
    assert registration.site_source == "owner_placed"


def test_html_is_shown_as_text(client):
    response = send(client, name="<img src=x onerror=alert(1)>")
    page = text_of(client.get(response["Location"]))
    assert "<img" not in page
    assert "&lt;img src=x" in page


def test_html_is_shown_as_text_when_the_form_comes_back(client):
    page = text_of(send(client, name='"><script>alert(1)</script>', consent=""))
    assert "<script>alert" not in page


def test_adding_and_removing_cameras_keeps_what_was_typed_and_stores_nothing(client):
    typed = {"name": "Half done", "consent": "", "camera-0-direction": "SW", "camera-0-area_viewed": ["street", "park"]}
    page = text_of(send(client, add_camera="1", **typed))
    assert 'value="Half done"' in page
    assert 'value="SW"' in page
    assert 'name="camera-TOTAL_FORMS" value="2"' in page
    assert page.count("checked") == 2
    assert 'class="error"' not in page
    removed = text_of(
        send(client, remove_camera="0", **{"camera-TOTAL_FORMS": "2", "camera-1-direction": "12.5"}, **typed)
    )
    assert 'name="camera-TOTAL_FORMS" value="1"' in removed
    assert 'value="12.5"' in removed
    assert 'value="SW"' not in removed
    assert not Registration.objects.exists()


def test_a_camera_like_the_last_one_is_added_with_its_answers(client):
    page = text_of(send(client, copy_camera="1", **{"camera-0-direction": "SW"}))
    assert page.count('value="SW"') == 2


@pytest.mark.parametrize("button", [{"remove_camera": "9999999"}, {"remove_camera": "x"}, {"add_camera": "1"}])
def test_the_camera_buttons_stay_between_one_and_a_hundred(client, button):
    full = text_of(send(client, **button, **{"camera-TOTAL_FORMS": "100"}))
    assert 'name="camera-TOTAL_FORMS" value="100"' in full
    last = text_of(send(client, remove_camera="0"))
    assert 'name="camera-TOTAL_FORMS" value="1"' in last


def test_saving_leads_to_a_page_behind_a_secret_link_that_shows_what_is_stored(client):
    address = send(client, email="person@example.org")["Location"]
    response = client.get(address)
    page = text_of(response)
    for expected in ("A Person", "+358 40 1234567", "person@example.org", "Example street 1", "Waiting", address):
        assert expected in page
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "strict-origin"
    assert "voluntary and free" in page


def test_deleting_takes_two_clicks_and_no_link_can_do_it(client):
    registered = make_registration()
    address = f"/registration/{registered.token}/withdraw/"
    assert client.get(address).status_code == 405
    asked = client.post(address)
    assert "Yes, delete it" in text_of(asked)
    assert Registration.objects.count() == 1
    done = client.post(address, {"confirmed": "yes"}, follow=True)
    assert "deleted" in text_of(done)
    assert not Registration.objects.exists()
    assert client.get(f"/registration/{registered.token}/").status_code == 404


def test_a_contact_that_cannot_be_read_does_not_keep_its_owner_from_deleting_it(client):
    registered = make_registration()
    keystore.destroy_key(registered.registration.pk)
    page = text_of(client.get(f"/registration/{registered.token}/"))
    assert "cannot be read any more" in page
    client.post(f"/registration/{registered.token}/withdraw/", {"confirmed": "yes"})
    assert not Registration.objects.exists()


@pytest.mark.parametrize("token", ["x", "a" * 43, "%00", "..", "é", "a" * 5000])
def test_a_forged_link_finds_nothing(client, token):
    make_registration()
    assert client.get(f"/registration/{token}/").status_code == 404
    assert client.post(f"/registration/{token}/withdraw/", {"confirmed": "yes"}).status_code == 404
    assert Registration.objects.count() == 1


def test_a_form_from_another_site_is_refused():
    strict = Client(enforce_csrf_checks=True)
    registered = make_registration()
    refused = strict.post("/register/?agency=HEL", SMALLEST)
    assert refused.status_code == 403
    assert "allow cookies for this site" in text_of(refused)
    address = f"/registration/{registered.token}/withdraw/"
    assert strict.post(address, {"confirmed": "yes"}).status_code == 403
    assert Registration.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"&".join(b"f%d=1" % number for number in range(3001)), "application/x-www-form-urlencoded"),
        (b"name=" + b"x" * 1_000_001, "application/x-www-form-urlencoded"),
        (b"garbage", "multipart/form-data; boundary=x"),
        (b"garbage", "multipart/form-data"),
        (b"\xff\xfe%zz&name=%ff", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
    ],
)
def test_a_damaged_or_oversized_form_is_refused_in_plain_words(client, body, kind):
    response = client.generic("POST", "/register/?agency=HEL", body, content_type=kind)
    assert response.status_code in (400, 422)
    assert "<h1>" in text_of(response)
    assert not Registration.objects.exists()


def test_the_pages_set_no_cookie_but_the_one_that_protects_forms(client):
    client.get("/")
    assert not client.cookies
    client.get(send(client)["Location"])
    assert set(client.cookies) == {"csrftoken"}


def test_several_agencies_are_offered_for_choice(client):
    make_agency("VAN")
    assert "?agency=VAN" in text_of(client.get("/register/"))
    assert "Police of VAN" in text_of(client.get("/register/?agency=VAN"))
    assert "?agency=HEL" in text_of(client.get("/register/?agency=NONE"))


def test_a_tile_server_is_allowed_and_named_only_where_the_agency_has_one(client, agency):
    plain = client.get("/register/?agency=HEL")
    assert "tiles.example.org" not in plain["Content-Security-Policy"]
    agency.tile_url = "https://tiles.example.org/{z}/{x}/{y}.png"
    agency.save()
    tiled = client.get("/register/?agency=HEL")
    assert "https://tiles.example.org" in tiled["Content-Security-Policy"]
    assert "tiles.example.org: that server sees your network address" in text_of(tiled)


@pytest.mark.parametrize("path", ["HEL", "..%2fsecrets", "hel", "A" * 17])
def test_only_basemaps_that_exist_are_served(client, settings, tmp_path, path):
    settings.BASEMAP_DIR = tmp_path
    assert client.get(f"/basemap/{path}.geojson").status_code == 404


def test_the_basemap_is_served_and_credited(client, settings, tmp_path):
    settings.BASEMAP_DIR = tmp_path
    (tmp_path / "HEL.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    response = client.get("/basemap/HEL.geojson")
    assert b"FeatureCollection" in response.getvalue()
    assert "/basemap/HEL.geojson" in text_of(client.get("/register/?agency=HEL"))


def test_a_failure_logs_neither_what_was_typed_nor_the_link(monkeypatch, capsys):
    secret = canary("secret")

    def fail(*args, **kwargs):
        raise RuntimeError(f"value {secret}")

    registered = make_registration()
    quiet = Client(raise_request_exception=False)
    handler = next(h for h in logging.getLogger("django").handlers if isinstance(h, logging.StreamHandler))
    monkeypatch.setattr(handler, "stream", sys.stderr)
    for target in ("register", "withdraw"):
        monkeypatch.setattr(services, target, fail)
    assert send(quiet, name=secret).status_code == 500
    assert quiet.post(f"/registration/{registered.token}/withdraw/?x={secret}", {"confirmed": "1"}).status_code == 500
    logged = capsys.readouterr().err
    assert "RuntimeError" in logged
    assert "(link)" in logged
    assert secret not in logged
    assert registered.token not in logged


ANY_TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=60) | st.sampled_from(
    ["NaN", "-0", "1e400", "\x00", "\u202e", "0x1", "١٢", "N", "60.17", "24.9", "' OR 1=1 --", "{{ 7*7 }}"]
)
NAMES = [*SMALLEST, "email", "unit", "latitude", "longitude", "premises", "preferred_way", "access_notes"]
NAMES += ["add_camera", "copy_camera", "remove_camera", "camera-1-direction"]
NAMES += [f"camera-0-{name}" for name in CameraForm.base_fields]


def test_no_form_whatever_it_holds_makes_the_server_fail(client):
    @settings(max_examples=proof_count(1000))
    @given(st.dictionaries(st.sampled_from(NAMES), ANY_TEXT, max_size=len(NAMES)))
    def attempt(changes):
        response = send(client, **changes)
        assert response.status_code in (200, 302, 422)
        if response.status_code == 302:
            assert client.get(response["Location"]).status_code == 200
            contacts.read(Registration.objects.latest("created_at"))

    attempt()
