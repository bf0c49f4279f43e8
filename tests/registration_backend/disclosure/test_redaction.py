"""The allow-list itself: its order, what is refused, and that refusals never repeat a value."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timezone

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disclosure.redaction import (
    FIELD_NAMES,
    NotPublishable,
    Shown,
    differ_by_date_at_most,
    document,
    first_of_month,
    octant,
)
from registrations.models import Agency, Camera, Registration

SHOWN = Shown(24.9, 60.1, 0, "business")
DAY = date(2026, 5, 9)


def build(shown: Shown = SHOWN, coarse: bool = False, code: str = "HEL", **values: object) -> bytes:
    agency = Agency(code=code, grid_srid=3067)
    registration = Registration(
        id=uuid.UUID(int=1), agency=agency, updated_on=DAY, confirmed_on=values.pop("confirmed_on", None)
    )
    camera = Camera(**{"id": uuid.UUID(int=2), "registration": registration, "updated_on": DAY, **values})
    return document(agency, registration, camera, shown, coarse).body


def test_the_order_is_that_of_the_wire() -> None:
    expected = (
        "camera_id registration_id agency premises mount camera_type area_viewed direction_deg field_of_view_deg "
        "range_m retention_hours recording resolution night_vision audio position_source position_precision_m "
        "confirmed_on updated_on"
    )
    assert tuple(expected.split()) == FIELD_NAMES
    assert tuple(orjson.loads(build())["properties"]) == FIELD_NAMES


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mount", "<img src=x onerror=alert(1)>"),
        ("camera_type", "Fixed"),
        ("area_viewed", ["street", "street; DROP TABLE"]),
        ("area_viewed", "street"),
        ("area_viewed", {"street": 1}),
        ("area_viewed", [["street"]]),
        ("direction_deg", float("nan")),
        ("direction_deg", "79;230"),
        ("field_of_view_deg", 361),
        ("range_m", float("inf")),
        ("retention_hours", -1),
        ("recording", None),
        ("recording", "off"),
        ("resolution", "8k"),
        ("night_vision", True),
        ("audio", "YES"),
        ("position_source", "guessed"),
        ("camera_id", "not an id"),
        ("confirmed_on", "2026-05-09"),
        ("confirmed_on", datetime(2026, 5, 9, tzinfo=timezone.utc)),
    ],
)
def test_what_is_not_in_the_enumeration_or_range_is_refused_without_repeating_it(field: str, value: object) -> None:
    with pytest.raises(NotPublishable) as caught:
        build(**{"id" if field == "camera_id" else field: value})
    assert field in str(caught.value)
    assert str(value) not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "shown",
    [
        SHOWN._replace(premises="villa"),
        SHOWN._replace(precision_m=300),
        SHOWN._replace(longitude=float("nan")),
        SHOWN._replace(latitude=90.1),
    ],
)
def test_a_place_that_cannot_be_published_is_refused(shown: Shown) -> None:
    with pytest.raises(NotPublishable):
        build(shown)


def test_an_agency_code_is_not_free_text() -> None:
    with pytest.raises(NotPublishable):
        build(code="HEL <b>")


def test_areas_come_out_once_and_in_the_order_of_the_enumeration() -> None:
    assert orjson.loads(build(area_viewed=["park", "street", "park"]))["properties"]["area_viewed"] == [
        "street",
        "park",
    ]
    assert orjson.loads(build(area_viewed=None))["properties"]["area_viewed"] == []


@given(st.floats(0, 360))
def test_an_octant_is_the_nearest_of_eight(direction: float) -> None:
    shown = octant(direction)
    assert shown in {0, 45, 90, 135, 180, 225, 270, 315}
    apart = abs((direction - shown + 180) % 360 - 180)
    assert apart <= 22.5


@given(st.dates())
def test_the_first_of_the_month_keeps_year_and_month(day: date) -> None:
    shown = first_of_month(day)
    assert (shown.year, shown.month, shown.day) == (day.year, day.month, 1)


def test_coarse_documents_hold_octants_and_months() -> None:
    shown = orjson.loads(build(coarse=True, direction_deg=338.0, confirmed_on=DAY))["properties"]
    assert (shown["direction_deg"], shown["confirmed_on"], shown["updated_on"]) == (0.0, "2026-05-01", "2026-05-01")


def test_documents_are_compared_without_their_last_date_only() -> None:
    one = build(confirmed_on=DAY)
    assert differ_by_date_at_most(one, one.replace(b'"updated_on":"2026-05-09"', b'"updated_on":"2027-01-31"'))
    assert not differ_by_date_at_most(one, one.replace(b'"confirmed_on":"2026-05-09"', b'"confirmed_on":"2026-05-10"'))
