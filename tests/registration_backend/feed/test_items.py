"""The items: paging that loses no row, filters that look only at what is shown, and refusals in plain words."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feed import pages
from feed.models import PublishedCamera
from feed.publishing import publish
from registrations import services
from registrations.models import Agency, Camera, Registration
from tests.proof import proof_count
from tests.registration_backend.feed.world import ITEMS, ApiReader, enrol, near
from tests.registration_backend.registrations.factories import make_agency

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

SITE = near(40, 60)


def ids(page: dict[str, object]) -> list[str]:
    return [feature["id"] for feature in page["features"]]  # type: ignore[attr-defined]


def test_paging_loses_no_row_while_others_are_deleted(agency: Agency, investigator: ApiReader) -> None:
    registrations = [enrol(agency, SITE, 3) for _ in range(12)]
    leaving, staying = registrations[::2], registrations[1::2]
    seen: list[str] = []
    for page in investigator.pages(ITEMS, limit=4):
        seen += ids(page)
        if leaving:
            services.withdraw(leaving.pop(0))
    kept = {str(camera.pk) for one in staying for camera in one.cameras.all()}
    assert kept <= set(seen)
    assert len(seen) == len(set(seen))


def test_pages_hold_what_they_say(agency: Agency, investigator: ApiReader) -> None:
    enrol(agency, SITE, 5)
    pages = list(investigator.pages(ITEMS, limit=2))
    assert [page["numberReturned"] for page in pages] == [2, 2, 1]
    assert {page["numberMatched"] for page in pages} == {5}
    assert [link["rel"] for link in pages[0]["links"]] == ["self", "collection", "next"]
    assert pages[0]["links"][2]["href"].startswith("http://testserver/ogc/collections/cameras/items?")
    assert len({one for page in pages for one in ids(page)}) == 5


def test_one_item_is_the_same_feature_with_links(agency: Agency, analyst: ApiReader) -> None:
    enrol(agency, SITE, 1)
    (listed,) = analyst.json(ITEMS)["features"]
    alone = analyst.json(f"{ITEMS}/{listed['id']}")
    assert {link["rel"] for link in alone.pop("links")} == {"self", "collection"}
    assert alone == listed


def test_another_agency_sees_none_of_it(agency: Agency) -> None:
    enrol(agency, SITE, 1)
    stranger = ApiReader(make_agency("ESP"), "investigator")
    camera = Camera.objects.get()
    assert stranger.json(ITEMS)["features"] == []
    assert "extent" not in stranger.json("/ogc/collections/cameras")
    answer = stranger.get(f"{ITEMS}/{camera.pk}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("camera_id", ["x", "0", "00000000-0000-4000-8000-000000000000", "%27", "1 or 1=1"])
def test_an_item_that_does_not_exist_is_not_found(investigator: ApiReader, camera_id: str) -> None:
    assert investigator.get(f"{ITEMS}/{camera_id}").status_code == 404


@pytest.mark.parametrize("path", ["/ogc/collections/people", "/ogc/x/y", "/registry/x", "/ogc/collections/cameras/x"])
def test_addresses_without_anything_are_not_found_in_the_words_of_the_wire(investigator: ApiReader, path: str) -> None:
    answer = investigator.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@settings(max_examples=proof_count(500))
@given(
    west=st.floats(-180, 180),
    east=st.floats(-180, 180),
    south=st.floats(-90, 90),
    height=st.floats(0, 90),
    six=st.booleans(),
)
def test_a_box_selects_by_the_shown_position_also_across_the_antimeridian(
    agency: Agency, west: float, east: float, south: float, height: float, six: bool
) -> None:
    from django.db import transaction

    with transaction.atomic():
        reader = ApiReader(agency, "investigator")
        places = [(179.99, 10.0), (-179.99, 10.0), (0.0, -45.0), (25.0, 60.0), (-120.5, 89.0), (180.0, -90.0)]
        for place in places:
            enrol(agency, place, 1)
        north = min(south + height, 90.0)
        numbers = [west, south, -5, east, north, 5] if six else [west, south, east, north]
        page = reader.json(ITEMS, bbox=",".join(repr(number) for number in numbers))
        found = sorted(tuple(feature["geometry"]["coordinates"]) for feature in page["features"])
        crosses = west > east
        wanted = sorted(
            place
            for place in places
            if south <= place[1] <= north
            and ((place[0] >= west or place[0] <= east) if crosses else west <= place[0] <= east)
        )
        assert found == wanted
        transaction.set_rollback(True)


def test_a_crowded_box_pages_through_the_same_rows(
    agency: Agency, investigator: ApiReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (SITE, near(90, 90), (25.5, 60.5)):
        enrol(agency, place, 3)
    box = "24.5,60,25.4,60.4"
    looked_up = [one for page in investigator.pages(ITEMS, bbox=box, limit=2) for one in ids(page)]
    monkeypatch.setattr(pages, "_CROWDED", 3)
    walked = [one for page in investigator.pages(ITEMS, bbox=box, limit=2) for one in ids(page)]
    assert walked == looked_up
    assert len(walked) == 6


def test_a_box_around_the_true_site_finds_a_camera_only_where_it_is_shown(
    agency: Agency, analyst: ApiReader, investigator: ApiReader
) -> None:
    enrol(agency, SITE, 1)
    (shown,) = analyst.json(ITEMS)["features"]
    true_box = ",".join(str(value) for value in (SITE[0] - 1e-5, SITE[1] - 1e-5, SITE[0] + 1e-5, SITE[1] + 1e-5))
    lon, lat = shown["geometry"]["coordinates"]
    shown_box = f"{lon},{lat},{lon},{lat}"
    assert investigator.json(ITEMS, bbox=true_box)["numberReturned"] == 1
    assert analyst.json(ITEMS, bbox=true_box)["numberReturned"] == 0
    assert analyst.json(ITEMS, bbox=shown_box)["numberReturned"] == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-05-09", 1),
        ("2026-05-09T12:00:00Z", 1),
        ("2026-05-10T01:30:00+02:00", 1),
        ("2026-05-08", 0),
        ("2026-05-01/2026-05-31", 1),
        ("../2026-05-09", 1),
        ("2026-05-09T23:59:59.5Z/..", 1),
        ("/2026-05-08", 0),
        ("2026-05-10/", 0),
        ("../..", 1),
    ],
)
def test_datetime_selects_by_the_day_of_the_last_change(
    agency: Agency, investigator: ApiReader, text: str, found: int
) -> None:
    day = "2026-05-09"
    registration = enrol(agency, SITE, 1)
    Registration.objects.update(updated_on=day)
    Camera.objects.update(updated_on=day)
    PublishedCamera.objects.all().delete()
    publish([registration.pk])
    assert investigator.json(ITEMS, datetime=text)["numberReturned"] == found


def test_datetime_looks_at_the_month_where_only_the_month_is_shown(agency: Agency, analyst: ApiReader) -> None:
    registration = enrol(agency, SITE, 1)
    Registration.objects.update(updated_on="2026-05-09")
    Camera.objects.update(updated_on="2026-05-09")
    PublishedCamera.objects.all().delete()
    publish([registration.pk])
    assert analyst.json(ITEMS, datetime="2026-05-09")["numberReturned"] == 0
    assert analyst.json(ITEMS, datetime="2026-05-01")["numberReturned"] == 1


@pytest.mark.parametrize(
    "text",
    [
        *("", "1,2,3", "1,2,3,4,5", "nan,0,1,1", "0,0,inf,1", "a,b,c,d", "0,0,1,1,", "1;2;3;4"),
        *("0,5,1,4", "0,0,1,91", "0,-91,1,0", "-181,0,0,1", "0,0,181,1", "0,0,5,1,1,4"),
    ],
)
def test_a_bad_box_is_refused(agency: Agency, investigator: ApiReader, text: str) -> None:
    answer = investigator.get(ITEMS, bbox=text)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_bbox")


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "2026", "2026-13-01", "2026-02-30", "2026-05-09T12:00:00", "20260509"),
        *("2026-05-09/2026-05-01", "a/b", "2026-05-01/2026-05-02/2026-05-03", "9999-12-31T23:59:59-23:00"),
    ],
)
def test_a_bad_datetime_is_refused(agency: Agency, investigator: ApiReader, text: str) -> None:
    answer = investigator.get(ITEMS, datetime=text)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_datetime")


@pytest.mark.parametrize("path", [ITEMS, "/ogc/collections/cameras/changes"])
@pytest.mark.parametrize("text", ["0", "-1", "abc", "", "1.5", "１", "00", "+5", "1e3"])
def test_a_bad_limit_is_refused(agency: Agency, investigator: ApiReader, path: str, text: str) -> None:
    answer = investigator.get(path, limit=text)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_limit")


@pytest.mark.parametrize("text", ["1000000", "10001", "9" * 5000, "0010000"])
def test_a_large_limit_is_capped(agency: Agency, investigator: ApiReader, text: str) -> None:
    enrol(agency, SITE, 1)
    assert investigator.json(ITEMS, limit=text)["numberReturned"] == 1


def test_an_unknown_parameter_is_refused(investigator: ApiReader) -> None:
    for path in (ITEMS, "/ogc/collections", "/ogc/", "/registry/policy"):
        answer = investigator.get(path, premises="school")
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown_parameter")
        assert "school" not in answer.content.decode()


def test_a_forged_mark_is_refused_and_one_of_another_view_starts_over(
    agency: Agency, analyst: ApiReader, investigator: ApiReader
) -> None:
    enrol(agency, SITE, 3)
    page = investigator.json(ITEMS, limit=1)
    (following,) = (link["href"] for link in page["links"] if link["rel"] == "next")
    mark = following.partition("after=")[2]
    for forged in ("", "5", quote("x:y:z"), mark[:-1]):
        answer = investigator.get(ITEMS, after=forged)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")
    assert analyst.get(f"{ITEMS}?after={mark}").status_code == 410
