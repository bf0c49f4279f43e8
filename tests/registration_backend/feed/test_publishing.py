"""What each audience is told of a registration, and when it is told that something changed."""

from __future__ import annotations

import io
import secrets
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from disclosure.generalise import Cell, GridError
from disclosure.redaction import FIELD_NAMES, NotPublishable
from feed.models import FeedState, PublishedCamera, WithdrawnCamera
from feed.publishing import is_up_to_date, publish, republish
from registrations import services
from registrations.models import Agency, Camera, Registration
from registrations.services import CameraDetails, SiteDetails
from tests.registration_backend.feed.world import CHANGES, GRID, ITEMS, ApiReader, Copy, crowd, enrol, move_camera, near
from tests.registration_backend.registrations.factories import make_agency, make_contact

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

SITE = near(40, 60)


def age(registration: Registration, day: date) -> None:
    """Make a registration and its cameras look as if last touched on `day`, and publish that."""
    Registration.objects.filter(pk=registration.pk).update(updated_on=day, confirmed_on=day)
    Camera.objects.filter(registration=registration).update(updated_on=day)
    publish([registration.pk])


def test_an_investigator_is_told_everything_on_the_list_and_nothing_else(
    agency: Agency, investigator: ApiReader
) -> None:
    registration = enrol(agency, SITE, 1, direction_deg=230.0, area_viewed=("street", "entrance"), mount="exterior")
    Registration.objects.filter(pk=registration.pk).update(confirmed_on=date(2026, 3, 14))
    publish([registration.pk])
    (feature,) = investigator.json(ITEMS)["features"]
    camera = registration.cameras.get()
    assert list(feature) == ["type", "id", "geometry", "properties", "row_version"]
    assert tuple(feature["properties"]) == FIELD_NAMES
    assert feature["geometry"] == {"type": "Point", "coordinates": [round(SITE[0], 7), round(SITE[1], 7)]}
    assert feature["properties"] == {
        "camera_id": str(camera.pk),
        "registration_id": str(registration.pk),
        "agency": "HEL",
        "premises": "business",
        "mount": "exterior",
        "camera_type": None,
        "area_viewed": ["street", "entrance"],
        "direction_deg": 230.0,
        "field_of_view_deg": None,
        "range_m": None,
        "retention_hours": None,
        "recording": "unknown",
        "resolution": "unknown",
        "night_vision": "unknown",
        "audio": "unknown",
        "position_source": "owner_placed",
        "position_precision_m": 0,
        "confirmed_on": "2026-03-14",
        "updated_on": camera.updated_on.isoformat(),
    }


def test_an_analyst_is_told_octants_months_and_a_point_of_the_cell(agency: Agency, analyst: ApiReader) -> None:
    registration = enrol(agency, SITE, 1, direction_deg=230.0)
    age(registration, date(2026, 3, 14))
    # A fresh document: dates alone never replace a stored one.
    PublishedCamera.objects.all().delete()
    publish([registration.pk])
    (feature,) = analyst.json(ITEMS)["features"]
    assert tuple(feature["properties"]) == FIELD_NAMES
    shown = feature["properties"]
    assert shown["direction_deg"] == 225.0
    assert (shown["confirmed_on"], shown["updated_on"]) == ("2026-03-01", "2026-03-01")
    assert shown["position_precision_m"] == 250
    x, y = GRID.project([feature["geometry"]["coordinates"][0]], [feature["geometry"]["coordinates"][1]])
    site_x, site_y = GRID.project([SITE[0]], [SITE[1]])
    assert GRID.candidates(x[0], y[0])[0] == GRID.candidates(site_x[0], site_y[0])[0]
    assert feature["geometry"]["coordinates"] != [round(value, 7) for value in SITE]


@pytest.mark.parametrize(
    ("premises", "kinds", "told"),
    [
        ("business", ("business",), "business"),
        ("business", ("residence",), "non_residential"),
        ("school", ("business",), "non_residential"),
        ("apartment", ("residence",), "residential"),
        ("residence", ("residence",), "residence"),
        # 25 addresses, of which 13 are businesses: enough for a cell, not for a kind.
        ("business", ("business", "residence"), "non_residential"),
    ],
)
def test_an_analyst_is_told_the_kind_only_among_twenty_of_its_kind(
    agency: Agency, analyst: ApiReader, tmp_path: Path, premises: str, kinds: tuple[str, ...], told: str
) -> None:
    enrol(agency, SITE, 1, premises)
    crowd(agency, tmp_path, [near(5 + 8 * step, 60) for step in range(25)], kinds)
    (feature,) = analyst.json(ITEMS)["features"]
    assert feature["properties"]["premises"] == told


def test_every_camera_of_a_registration_lies_in_the_one_cell_of_its_site(agency: Agency, analyst: ApiReader) -> None:
    edge = near(249, 60)  # a metre inside the cell; the cameras stand on both sides of its edge
    registration = enrol(agency, edge, 8)
    for step, camera in enumerate(registration.cameras.all()):
        move_camera(camera, near(230 + 6 * step, 60))
    cells: set[Cell] = set()
    for feature in analyst.json(ITEMS)["features"]:
        x, y = GRID.project(*([value] for value in feature["geometry"]["coordinates"]))
        cells.add(GRID.candidates(x[0], y[0])[0])
    assert cells == {Cell(250, 1544, 26688)}


def test_a_site_among_too_few_addresses_is_kept_from_analysts_and_counted(
    agency: Agency, analyst: ApiReader, investigator: ApiReader
) -> None:
    lonely = enrol(agency, near(9_000, 9_000), 3)
    assert analyst.json(ITEMS)["features"] == []
    assert len(investigator.json(ITEMS)["features"]) == 3
    assert analyst.json("/registry/policy")["not_published"] == {"Helsinki": 3}
    assert investigator.json("/registry/policy")["not_published"] == {}
    services.withdraw(lonely)
    assert analyst.json("/registry/policy")["not_published"] == {}


def test_a_larger_cell_is_taken_where_the_smallest_holds_nineteen(
    agency: Agency, analyst: ApiReader, tmp_path: Path
) -> None:
    registration = enrol(agency, SITE, 1)
    crowd(agency, tmp_path, [near(5 + 8 * step, 60) for step in range(19)] + [near(300, 60)])
    (feature,) = analyst.json(ITEMS)["features"]
    assert feature["properties"]["position_precision_m"] == 500
    assert feature["properties"]["registration_id"] == str(registration.pk)


def test_a_move_within_the_cell_is_nothing_to_an_analyst_even_in_another_month(
    agency: Agency, analyst: ApiReader, investigator: ApiReader
) -> None:
    registration = enrol(agency, SITE, 2)
    day = timezone.now().date() - timedelta(days=200)
    Registration.objects.filter(pk=registration.pk).update(updated_on=day)
    Camera.objects.filter(registration=registration).update(updated_on=day)
    publish([registration.pk])
    held, sharp = Copy(analyst), Copy(investigator)
    held.pull(), sharp.pull()
    documents = list(PublishedCamera.objects.filter(audience="analyst").values_list("document", "sequence"))
    services.change(registration, site=SiteDetails("business", near(90, 90), "owner_placed"))
    assert list(PublishedCamera.objects.filter(audience="analyst").values_list("document", "sequence")) == documents
    before = held.last
    assert held.pull() == 0
    assert (held.last["count"], held.last["digest"]) == (before["count"], before["digest"])
    assert sharp.pull() == 2


def test_a_new_contact_is_nothing_to_anybody(agency: Agency, investigator: ApiReader) -> None:
    registration = enrol(agency, SITE, 1)
    Registration.objects.filter(pk=registration.pk).update(updated_on=date(2026, 1, 1))
    held = Copy(investigator)
    held.pull()
    services.change(registration, contact=make_contact())
    assert held.pull() == 0


def test_a_withdrawn_suspended_or_smaller_registration_leaves_tombstones(agency: Agency, analyst: ApiReader) -> None:
    first, second, third = (enrol(agency, SITE, 2) for _ in range(3))
    held = Copy(analyst)
    held.pull()
    gone = {str(camera.pk) for one in (first, second) for camera in one.cameras.all()}
    services.withdraw(first)
    services.suspend(second)
    dropped = third.cameras.first()
    gone.add(str(dropped.pk))
    dropped.delete()
    publish([third.pk])
    page = analyst.json(CHANGES, since=held.cursor)
    assert set(page["withdrawn"]) == gone
    assert page["features"] == []
    assert page["count"] == 1


def test_a_camera_that_comes_back_goes_on_with_its_version(agency: Agency, analyst: ApiReader) -> None:
    registration = enrol(agency, SITE, 1)
    held = Copy(analyst)
    held.pull()
    services.suspend(registration)
    assert held.pull() == 1
    services.publish(registration)
    held.pull()
    (feature,) = held.features.values()
    assert feature["row_version"] == 2
    assert not WithdrawnCamera.objects.exists()
    assert held.last["digest"] == held.digest()


def test_a_registration_handed_to_another_agency_leaves_the_first(agency: Agency, investigator: ApiReader) -> None:
    other = make_agency("ESP")
    registration = enrol(agency, SITE, 2)
    held, theirs = Copy(investigator), Copy(ApiReader(other, "investigator"))
    held.pull(), theirs.pull()
    Registration.objects.filter(pk=registration.pk).update(agency=other)
    publish([registration.pk])
    held.pull(), theirs.pull()
    assert held.features == {}
    assert {feature["properties"]["agency"] for feature in theirs.features.values()} == {"ESP"}
    assert (held.last["digest"], theirs.last["digest"]) == (held.digest(), theirs.digest())


def test_an_agency_that_trusts_its_analysts_republishes_and_ends_their_cursors(
    agency: Agency, analyst: ApiReader, investigator: ApiReader
) -> None:
    enrol(agency, SITE, 1)
    held, sharp = Copy(analyst), Copy(investigator)
    held.pull(), sharp.pull()
    agency.analyst_position = "exact"
    agency.save()
    answer = analyst.get(CHANGES, since=held.cursor)
    assert (answer.status_code, answer.json()["code"]) == (410, "start_over")
    (feature,) = analyst.json(CHANGES)["features"]
    assert feature["properties"]["position_precision_m"] == 0
    assert feature["geometry"]["coordinates"] == [round(value, 7) for value in SITE]
    assert sharp.pull() == 0
    agency.analyst_position = "generalised"
    agency.save()
    (feature,) = analyst.json(CHANGES)["features"]
    assert feature["properties"]["position_precision_m"] == 250


def test_nothing_is_read_while_documents_follow_older_settings(agency: Agency, analyst: ApiReader) -> None:
    agency.analyst_position = "exact"
    agency.save()
    enrol(agency, SITE, 1)
    Agency.objects.update(analyst_position="generalised")  # as if the republishing had not happened yet
    for path in (ITEMS, CHANGES, "/ogc/collections"):
        answer = analyst.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "republishing")
    republish(Agency.objects.get())
    assert analyst.json(ITEMS)["features"][0]["properties"]["position_precision_m"] == 250


def test_another_grid_counts_the_addresses_again(agency: Agency, analyst: ApiReader) -> None:
    enrol(agency, SITE, 1)
    (before,) = analyst.json(ITEMS)["features"]
    agency.grid_srid = 32635
    agency.save()
    assert is_up_to_date(agency)
    (after,) = analyst.json(ITEMS)["features"]
    assert before["geometry"] != after["geometry"]
    assert analyst.json("/registry/policy")["grid"]["crs"] == "EPSG:32635"


@pytest.mark.parametrize(
    "values",
    [
        {"area_viewed": ["street", "<img src=x>"]},
        {"direction_deg": 361.0},
        {"range_m": -1.0},
        {"retention_hours": 1e9},
        {"area_viewed": "street"},
    ],
)
def test_what_is_not_on_the_list_is_refused_and_undoes_the_change(agency: Agency, values: dict[str, object]) -> None:
    registration = enrol(agency, SITE, 1)
    Camera.objects.filter(registration=registration).update(**values)
    sequence = FeedState.objects.get(audience="investigator").sequence
    with pytest.raises(NotPublishable) as caught, transaction.atomic():
        publish([registration.pk])
    assert "img" not in str(caught.value)
    assert next(iter(values)) in str(caught.value)
    assert FeedState.objects.get(audience="investigator").sequence == sequence


def test_publishing_again_changes_no_sequence(agency: Agency) -> None:
    enrol(agency, SITE, 3)
    before = list(FeedState.objects.order_by("pk").values())
    republish(agency)
    assert list(FeedState.objects.order_by("pk").values()) == before


def test_the_cost_of_publishing_one_registration_stays_bounded(
    agency: Agency, django_assert_max_num_queries: object
) -> None:
    registration = enrol(agency, SITE, 100)
    Camera.objects.filter(registration=registration).update(mount="interior")
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        publish([registration.pk])


def test_details_of_a_camera_reach_both_audiences(agency: Agency, analyst: ApiReader, investigator: ApiReader) -> None:
    registration = enrol(agency, SITE, 1)
    camera = registration.cameras.get()
    services.change(registration, cameras=[(camera.pk, CameraDetails(resolution="4k", retention_hours=72.0))])
    for reader in (analyst, investigator):
        (feature,) = reader.json(ITEMS)["features"]
        assert (feature["properties"]["resolution"], feature["properties"]["retention_hours"]) == ("4k", 72.0)
        assert feature["row_version"] == 2


def test_changes_announced_together_are_published_once_at_the_end(agency: Agency, investigator: ApiReader) -> None:
    gone = enrol(agency, SITE, 1)
    with services.announced_together():
        made = enrol(agency, SITE, 2)
        services.change(made, site=SiteDetails("school", SITE, "owner_placed"))
        enrol(agency, SITE, 1)
        services.withdraw(gone)
        assert [row.registration_id for row in PublishedCamera.objects.all()] == []
    features = investigator.json(CHANGES)["features"]
    assert len(features) == 3
    assert {feature["row_version"] for feature in features} == {1}
    assert "school" in {feature["properties"]["premises"] for feature in features}


def test_changes_of_a_block_that_failed_are_not_published(agency: Agency, investigator: ApiReader) -> None:
    def fail() -> None:
        with services.announced_together():
            enrol(agency, SITE, 1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    enrol(agency, SITE, 2)
    assert len(investigator.json(CHANGES)["features"]) == 2


def test_a_grid_that_is_not_in_metres_is_refused_with_the_agency(agency: Agency) -> None:
    with pytest.raises(GridError, match="Choose a projected coordinate system in metres"):
        make_agency("NYC", grid_srid=2263)  # US survey feet


def test_a_new_position_key_moves_every_point_and_ends_cursors(
    agency: Agency, analyst: ApiReader, settings: Any
) -> None:
    enrol(agency, SITE, 1)
    held = Copy(analyst)
    held.pull()
    settings.SECRETS = replace(settings.SECRETS, position_key=secrets.token_bytes(32))
    assert analyst.get(ITEMS).status_code == 503
    out = io.StringIO()
    call_command("republish", agency="HEL", stdout=out)
    assert out.getvalue() == "HEL: published afresh\n"
    assert analyst.get(CHANGES, since=held.cursor).status_code == 410
    (feature,) = analyst.json(ITEMS)["features"]
    (before,) = held.features.values()
    assert feature["geometry"] != before["geometry"]
    assert feature["row_version"] == 2
    with pytest.raises(CommandError, match="There is no agency"):
        call_command("republish", agency="XX")
