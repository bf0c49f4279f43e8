"""A pin outside an agency's area is refused where it was typed, and its registrant learns whom to register with."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from registrations.enumerations import Origin
from registrations.imports.rows import ImportRow
from registrations.imports.writer import ListWriter
from registrations.models import Registration
from registrations.services import CameraDetails, SiteDetails

from .areas import EAST_OF_IT, make_area
from .factories import HELSINKI, make_agency, make_contact, make_registration
from .test_pages import SMALLEST

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture(autouse=True)
def agency():
    found = make_agency()
    make_area(found)
    make_area(make_agency("VAN", name="Police of <b>VAN"), EAST_OF_IT)
    return found


def send(client, longitude: float, latitude: float, **more: str):
    pin = {"longitude": str(longitude), "latitude": str(latitude)}
    return client.post("/register/?agency=HEL", {**SMALLEST, **pin, **more})


def error_of(response) -> str:
    return re.search(r'id="id_latitude_error"><p>(.*?)</p>', response.content.decode(), re.DOTALL).group(1)


def test_a_pin_inside_or_none_at_all_is_taken(client):
    assert send(client, *HELSINKI).status_code == 302
    assert client.post("/register/?agency=HEL", SMALLEST).status_code == 302
    assert Registration.objects.count() == 2


def test_a_pin_of_another_agencys_area_is_refused_and_what_was_typed_goes_along_there(client):
    refused = send(client, *EAST_OF_IT)
    assert refused.status_code == 422
    assert "outside the area of Police of HEL. It belongs to Police of &lt;b&gt;VAN." in error_of(refused)
    address = re.search(r'formaction="([^"]+VAN)"', error_of(refused)).group(1)
    assert 'form="registration"' in error_of(refused)
    there = client.post(address, {**SMALLEST, "longitude": "25.4", "latitude": "60.17", "other_agency": "1"})
    page = there.content.decode()
    assert there.status_code == 200
    assert "Police of &lt;b&gt;VAN" in page
    assert SMALLEST["name"] in page
    assert 'value="25.4"' in page
    assert not Registration.objects.exists()


def test_a_pin_in_nobodys_area_is_refused_in_the_language_of_its_registrant(client):
    assert error_of(send(client, 10.0, 50.0)).endswith("HEL. Set the pin inside the area on the map.")
    client.cookies["language"] = "es"
    assert error_of(send(client, 10.0, 50.0)).endswith("Ponga el marcador en el mapa dentro de la zona.")


def test_swapped_coordinates_are_recognised_by_the_place_that_they_would_give(client):
    assert error_of(send(client, HELSINKI[1], HELSINKI[0])) == "Latitude and longitude seem to be swapped."
    assert error_of(send(client, 100.0, HELSINKI[0])).endswith("on the map.")
    assert not Registration.objects.exists()


def test_an_agency_without_polygons_takes_every_pin(client, agency):
    agency.jurisdictions.all().delete()
    assert send(client, *EAST_OF_IT).status_code == 302


def test_changing_holds_a_new_pin_to_the_area_and_leaves_the_stored_one_alone(client, agency):
    made = make_registration(agency, site=SiteDetails("other", (10.0, 50.0), "owner_placed"))
    page = f"/registration/{made.token}/change/"
    shown = client.get(page).content.decode()
    sent = {
        **SMALLEST,
        "seen": re.search(r'name="seen" value="(\w+)"', shown).group(1),
        "camera-0-camera_id": str(made.cameras[0].pk),
        "longitude": "10.0000000",
        "latitude": "50.0000000",
    }
    moved = client.post(page, {**sent, "longitude": str(EAST_OF_IT[0]), "latitude": str(EAST_OF_IT[1])})
    assert moved.status_code == 422
    assert '<a href="/register/?agency=VAN">Register there</a>' in error_of(moved)
    assert "other_agency" not in error_of(moved)
    made.registration.refresh_from_db()
    assert made.registration.site.coords == (10.0, 50.0)
    assert client.post(page, sent).status_code == 302


def rows(*positions):
    for number, position in enumerate(positions, start=2):
        site = SiteDetails("other", position, "geocoded" if position else None)
        yield ImportRow(number, str(number), f"row {number}", site, make_contact(), CameraDetails(), None, None)


def test_rows_of_a_list_outside_the_area_are_refused_with_the_reason_and_the_rest_is_stored(agency):
    writer = ListWriter(agency, "Paper forms")
    with translation.override("en"):
        writer.write(rows(HELSINKI, EAST_OF_IT, None, (HELSINKI[1], HELSINKI[0])))
    assert writer.report.created == 2
    assert [line for line, _ in writer.report.refused] == [3, 5]
    reasons = " ".join(reason for _, reason in writer.report.refused)
    assert "It belongs to Police of <b>VAN." in reasons
    assert "swapped" in reasons
    assert set(Registration.objects.values_list("origin", flat=True)) == {Origin.IMPORT}
