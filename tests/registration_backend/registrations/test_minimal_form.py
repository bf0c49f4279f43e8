"""Where the law allows no more, only the place and the contact are asked for and stored, whoever sends what."""

from __future__ import annotations

import re
from dataclasses import asdict

import pytest
from django.core.management import CommandError, call_command

from registrations import contacts, reduction
from registrations.imports.rows import ImportRow
from registrations.imports.writer import ListWriter
from registrations.models import Camera, Registration
from registrations.services import CameraDetails, SiteDetails

from .factories import HELSINKI, make_agency, make_contact, make_registration
from .test_pages import SMALLEST

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
FULL_CAMERA = CameraDetails(
    mount="exterior",
    camera_type="dome",
    area_viewed=("street",),
    direction_deg=90.0,
    field_of_view_deg=80.0,
    range_m=20.0,
    retention_hours=336.0,
    recording="motion",
    resolution="4k",
    night_vision="yes",
    audio="no",
)
EXTRA = {
    "unit": "B 2",
    "premises": "school",
    "preferred_way": "text",
    "preferred_time": "at night",
    "who_can_export": "The caretaker",
    "recorder": "Make and model",
    "access_notes": "A dog",
    "camera-TOTAL_FORMS": "3",
    "camera-0-camera_type": "dome",
    "camera-0-direction": "90",
    "camera-1-retention": "14",
    "camera-2-night_vision": "yes",
}


@pytest.fixture(autouse=True)
def agency():
    return make_agency(form_profile="minimal")


def make_full(agency, **values):
    """Make a registration from before the form became minimal."""
    agency.form_profile = "full"
    contact = make_contact(recorder="Make", preferred_way="text", who_can_export="Somebody")
    made = make_registration(agency, **{"contact": contact, "cameras": [FULL_CAMERA, FULL_CAMERA], **values})
    agency.form_profile = "minimal"
    return made


def assert_minimal(registration: Registration) -> None:
    contact = asdict(contacts.read(registration))
    assert {name for name, value in contact.items() if value} <= {"name", "phone", "email", "address", "unit"}
    assert contact["name"]
    assert registration.premises == "other"
    assert registration.cameras.exists()
    for camera in registration.cameras.all():
        assert reduction.details_of(camera) == CameraDetails()


def test_the_form_asks_for_the_place_and_the_contact_only_and_says_why(client):
    page = client.get("/register/?agency=HEL").content.decode()
    assert "The law here lets us ask for the place and the contact only." in page
    assert set(re.findall(r'<(?:input|select|textarea)[^>]* id="id_(\w[\w-]*)"', page)) == {
        *("name", "phone", "email", "address", "unit", "latitude", "longitude", "geocoded_pin", "consent")
    }
    assert "What kind of place" in client.get(f"/register/?agency={make_agency('VAN').code}").content.decode()


def test_what_is_sent_beyond_that_is_not_stored(client):
    assert client.post("/register/?agency=HEL", {**SMALLEST, **EXTRA}).status_code == 302
    registration = Registration.objects.get()
    assert_minimal(registration)
    assert contacts.read(registration).unit == "B 2"
    assert registration.cameras.count() == 1


def test_what_is_wrong_in_a_field_that_is_not_asked_disturbs_nobody(client):
    wrong = {"premises": "castle", "access_notes": "\x1b", "camera-TOTAL_FORMS": "999", "camera-0-direction": "x"}
    assert client.post("/register/?agency=HEL", {**SMALLEST, **wrong}).status_code == 302
    assert_minimal(Registration.objects.get())


def test_buttons_that_store_nothing_keep_what_was_typed(client):
    page = client.post("/register/?agency=HEL", {**SMALLEST, **EXTRA, "language": "es"}).content.decode()
    assert SMALLEST["name"] in page
    assert "id_camera-0-direction" not in page
    assert "id_recorder" not in page


def test_a_registration_from_before_can_be_downloaded_whole_and_a_change_removes_what_is_too_much(client, agency):
    made = make_full(agency)
    agency.save()
    page = f"/registration/{made.token}/change/"
    held = client.get(f"/registration/{made.token}/download/").json()
    assert (held["contact"]["recorder"], held["cameras"][0]["camera_type"]) == ("Make", "dome")
    shown = client.get(page).content.decode()
    assert "If we hold more from before, storing a change deletes it." in shown
    assert "id_recorder" not in shown
    seen = re.search(r'name="seen" value="(\w+)"', shown).group(1)
    assert client.post(page, {**SMALLEST, **EXTRA, "seen": seen}).status_code == 302
    made.registration.refresh_from_db()
    assert_minimal(made.registration)
    assert set(Camera.objects.values_list("pk", flat=True)) == {camera.pk for camera in made.cameras}


def test_a_command_reduces_everything_from_before_and_nothing_elsewhere(agency, capsys):
    made, unreadable = make_full(agency), make_full(agency)
    other = make_full(make_agency("VAN"))
    contacts.Contact.objects.filter(registration=unreadable.registration).update(ciphertext=b"x" * 40)
    for reduced in (1, 0):
        call_command("reduce_to_minimal", agency="HEL")
        printed = capsys.readouterr()
        assert printed.out == f"{reduced} registrations of HEL held more and were reduced\n"
        assert "1 have a contact that nobody can read" in printed.err
    made.registration.refresh_from_db()
    assert_minimal(made.registration)
    assert made.registration.site.coords == pytest.approx(HELSINKI)
    other.registration.refresh_from_db()
    assert contacts.read(other.registration).recorder == "Make"
    assert other.registration.cameras.first().camera_type == "dome"
    with pytest.raises(CommandError, match="not minimal"):
        call_command("reduce_to_minimal", agency="VAN")


def test_lists_are_stored_without_the_rest_and_say_so_once(agency):
    writer = ListWriter(agency, "Paper forms")
    site = SiteDetails("school", HELSINKI, "geocoded")
    writer.write(
        ImportRow(n, str(n), f"row {n}", site, make_contact(recorder="Make"), FULL_CAMERA, None, None) for n in (2, 3)
    )
    assert (writer.report.created, len(writer.report.notes)) == (2, 1)
    assert "of 2 rows everything else was left out" in writer.report.notes[0]
    for registration in Registration.objects.all():
        assert_minimal(registration)
