"""The list in words: never more than is known."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from camera_registry_plugin.canvass.rows import (
    Found,
    bearing_words,
    build_rows,
    distance_words,
    headline,
    retention_words,
)

NAN = float("nan")
START = datetime(2026, 5, 1, 10, tzinfo=timezone.utc)


def rows_of(*found: Found, start: datetime | None = None, **values):
    attributes = {item.camera: {"camera_id": f"id-{item.camera}", **values} for item in found}
    return build_rows(found, attributes, {item.camera: item.camera + 100 for item in found}, start)


def exact(camera: int, rank: int, distance: float, bearing: float = 0.0) -> Found:
    return Found(camera, rank, distance, bearing, distance, distance)


def test_rows_come_by_rank_with_their_feature():
    rows = rows_of(exact(5, 2, 80.0), exact(3, 1, 20.0), premises="business")
    assert [(row.rank, row.feature_id, row.camera_id) for row in rows] == [(1, 103, "id-3"), (2, 105, "id-5")]
    assert rows[0].premises == "Business"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"retention_hours": 720.0}, "30 days"),
        ({"retention_hours": 36.0}, "36 hours"),
        ({"retention_hours": 24}, "24 hours"),
        ({"retention_hours": 1}, "1 hour"),
        ({"retention_hours": 0}, "0 hours"),
        ({"retention_hours": None}, "unknown, ask first"),
        ({}, "unknown, ask first"),
        ({"retention_hours": NAN}, "unknown, ask first"),
        ({"retention_hours": "soon"}, "unknown, ask first"),
        ({"retention_hours": 720.0, "recording": "live_only"}, "live only: no footage"),
    ],
)
def test_retention_in_words(values, words):
    assert retention_words(values) == words


def test_the_deadline_is_known_only_with_a_time_a_retention_and_a_recording():
    one = exact(0, 1, 10.0)
    assert rows_of(one, start=START, retention_hours=48.0)[0].deadline == datetime(2026, 5, 3, 10, tzinfo=timezone.utc)
    assert rows_of(one, retention_hours=48.0)[0].deadline is None
    assert rows_of(one, start=START)[0].deadline is None
    assert rows_of(one, start=START, retention_hours=48.0, recording="live_only")[0].deadline is None


def test_a_generalised_row_has_bounds_in_place_of_distance_and_bearing():
    row = rows_of(Found(0, 1, NAN, NAN, 120.0, 640.0))[0]
    assert row.is_generalised
    assert distance_words(row) == "may be within, 120–640 m"
    assert distance_words(row, in_feet=True) == "may be within, 393–2,100 ft"
    assert bearing_words(row) == ""


@pytest.mark.parametrize(
    ("bearing", "words"),
    [(0.2, "0° N"), (52.0, "52° NE"), (359.8, "0° N"), (337.6, "338° N"), (337.0, "337° NW"), (NAN, "")],
)
def test_bearings_in_words(bearing, words):
    assert bearing_words(rows_of(exact(0, 1, 10.0, bearing))[0]) == words


def test_the_headline_counts_apart_what_is_and_what_may_be():
    near, may = exact(0, 1, 10.0), Found(1, 2, NAN, NAN, 0.0, 300.0)
    assert headline(rows_of(near), "150 m", "A") == "1 camera within 150 m of A"
    assert headline(rows_of(may), "150 m", "A") == "1 camera may be within 150 m of A"
    assert headline(rows_of(near, may), "150 m", "A") == "1 camera within 150 m of A, 1 more may be"
