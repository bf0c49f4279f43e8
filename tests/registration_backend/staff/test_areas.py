"""Administrators upload the polygons of an area and see them on a map; staff are warned of a pin outside."""

from __future__ import annotations

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from registrations.models import Jurisdiction
from staff.roles import ADMINISTRATOR, VERIFIER
from tests.registration_backend.registrations.areas import EAST_OF_IT, feature, make_area, ring
from tests.registration_backend.registrations.factories import HELSINKI, make_agency, make_registration

from .people import sign_in
from .test_staff_pages import page_of

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
PAGE = "/staff/registrations/jurisdiction/add/"
SHAPE = ring((24.0, 60.0), (25.0, 60.0), (25.0, 61.0))


@pytest.fixture(autouse=True)
def agency():
    return make_agency()


def upload(client, agency, *features, name="../../a.geojson", content=None, **more):
    text = json.dumps({"type": "FeatureCollection", "features": features})
    file = SimpleUploadedFile(name, content if content is not None else text.encode())
    return client.post(PAGE, {"agency": agency.pk, "file": file, **more})


def test_an_administrator_uploads_polygons_and_sees_them_on_a_map(client, agency):
    sign_in(client, ADMINISTRATOR)
    assert "takes every place" in client.get(PAGE).text
    answer = upload(client, agency, feature(SHAPE, beat="<i>North"), name_field="beat")
    assert answer.status_code == 302
    page = client.get(answer["Location"]).text
    assert "Polygons of HEL stored: 1." in page
    assert "&lt;i&gt;North" in page
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', page)
    areas = client.get(re.search(r'data-areas-url="([^"]+)"', page).group(1)).json()
    assert [one["properties"]["name"] for one in areas["features"]] == ["<i>North"]
    stored = Jurisdiction.objects.get()
    own = client.get(f"/staff/registrations/jurisdiction/{stored.pk}/change/").text
    assert "Map of the polygons" in own
    client.post(re.search(r'class="deletelink" href="([^"]+)"', own).group(1), {"post": "yes"})
    assert not Jurisdiction.objects.exists()
    assert "Jurisdictions" in client.get("/staff/").text


@pytest.mark.parametrize(
    ("features", "content", "more", "reason"),
    [
        ([feature(SHAPE, name="A"), feature(None, name="B")], None, {}, "Feature 2 has no readable polygon"),
        ([], b"\x89PNG", {}, "no GeoJSON, GeoPackage or Shapefile"),
        ([], b"", {}, "The submitted file is empty"),
        ([feature(SHAPE, name="A")], None, {"name_field": "beat"}, "It has: name"),
        ([feature(SHAPE, name="Old")], None, {}, "Feature 1 has the name of an area"),
    ],
)
def test_a_bad_file_is_refused_at_its_field_and_what_there_was_stays(
    client,
    agency,
    features,
    content,
    more,
    reason,
):
    sign_in(client, ADMINISTRATOR)
    make_area(agency, name="Old")
    answer = upload(client, agency, *features, content=content, **more)
    assert answer.status_code == 200
    assert reason in answer.text
    assert list(Jurisdiction.objects.values_list("name", flat=True)) == ["Old"]


def test_a_whole_set_is_replaced_where_the_box_is_ticked(client, agency):
    sign_in(client, ADMINISTRATOR)
    make_area(agency, name="Old")
    upload(client, agency, feature(SHAPE, name="New"), replace="on")
    assert list(Jurisdiction.objects.values_list("name", flat=True)) == ["New"]


def test_a_verifier_can_neither_see_nor_upload_areas(client, agency):
    sign_in(client, VERIFIER)
    make_area(agency)
    assert upload(client, agency, feature(SHAPE, name="A")).status_code == 403
    for address in (PAGE, f"/staff/registrations/jurisdiction/{agency.pk}/areas.geojson"):
        assert client.get(address).status_code == 403
    assert Jurisdiction.objects.count() == 1


def test_staff_are_warned_of_a_pin_outside_and_may_know_better(client, agency):
    sign_in(client, VERIFIER)
    make_area(agency)
    registration = make_registration(agency).registration
    for (longitude, latitude), warned in ((HELSINKI, False), (EAST_OF_IT, True)):
        sent = {"premises": "school", "latitude": str(latitude), "longitude": str(longitude)}
        page = client.post(page_of(registration), {**sent, "_continue": "1"}, follow=True).text
        assert ("outside the area of Police of HEL" in page) == warned
        registration.refresh_from_db()
        assert registration.site.coords == pytest.approx((longitude, latitude))
