"""Geodesic circles, distances and the limits of a radius."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from camera_registry_plugin.registry.errors import InvalidInput
from camera_registry_plugin.search.geodesy import (
    check_radius,
    distance_and_bearing,
    geodesic_circle,
    longest_geodesic,
    shortest_chord,
    to_geocentric,
    usable,
)
from tests.proof import proof_count

GEOD = Geod(ellps="WGS84")
LONGITUDES = st.floats(-180, 180)
LATITUDES = st.floats(-90, 90)


@pytest.mark.parametrize("radius", [0, -5, 60_000, float("nan"), float("inf"), "near", None, 50_000.001])
def test_a_radius_that_cannot_be_searched_is_refused_with_what_to_do(radius):
    with pytest.raises(InvalidInput, match=r"above 0 and up to 50,000"):
        check_radius(radius)


@pytest.mark.parametrize("radius", [0.001, 150, "400", 50_000])
def test_a_usable_radius_comes_back_in_metres(radius):
    assert check_radius(radius) == float(radius)


@settings(max_examples=proof_count(20_000), deadline=None)
@given(LONGITUDES, LATITUDES, st.floats(0, 360), st.floats(0.001, 50_000))
def test_a_geodesic_lies_between_its_chord_and_the_longest_geodesic_above_it(lon, lat, azimuth, distance):
    other_lon, other_lat, _back = GEOD.fwd(lon, lat, azimuth, distance)
    here, there = (
        np.array(to_geocentric(np.array(p[0]), np.array(p[1]))) for p in ((lon, lat), (other_lon, other_lat))
    )
    chord = float(np.linalg.norm(here - there))
    assert chord <= distance + 1e-6
    assert float(longest_geodesic(chord)) >= distance - 1e-6
    assert shortest_chord(distance) <= chord + 1e-6


@pytest.mark.parametrize(("lon", "lat"), [(24.94, 60.17), (-76.6, 39.3), (179.9999, 10.0), (-180.0, -45.0), (0.0, 0.0)])
def test_every_corner_of_a_circle_lies_at_the_radius_and_longitudes_do_not_jump(lon, lat):
    ring = geodesic_circle(lon, lat, 400.0)
    assert (ring[0] == ring[-1]).all()
    assert np.abs(np.diff(ring[:, 0])).max() < 1
    distance = GEOD.inv(np.full(len(ring), lon), np.full(len(ring), lat), ring[:, 0], ring[:, 1])[2]
    assert np.abs(np.asarray(distance) - 400.0).max() < 1e-6


@pytest.mark.parametrize("pole", [90.0, -90.0])
def test_a_circle_around_a_pole_is_the_cap_that_contains_it(pole):
    ring = geodesic_circle(25.0, pole - np.sign(pole) * 0.0001, 400.0)
    assert ring[:, 0].min() == -180
    assert ring[:, 0].max() == 180
    assert (ring[:, 1] == pole).sum() == 2


def test_bearings_run_clockwise_from_north_and_an_equal_place_has_none():
    lon = np.array([0.0, 0.001, 0.0, -0.001, 0.0])
    lat = np.array([0.001, 0.0, -0.001, 0.0, 0.0])
    zero = np.zeros(5)
    distance, bearing = distance_and_bearing(zero, zero, lon, lat)
    assert np.allclose(bearing[:4], [0, 90, 180, 270])
    assert np.isnan(bearing[4])
    assert distance[4] == 0


def test_positions_that_are_no_positions_are_not_usable():
    lon = np.array([0.0, np.nan, np.inf, 181.0, 0.0, 180.0, -120.5])
    lat = np.array([0.0, 0.0, 0.0, 0.0, -90.1, 90.0, 90.0])
    assert usable(lon, lat).tolist() == [True, False, False, False, False, True, True]
