"""The camera index finds exactly what pyproj.Geod finds over all pairs, everywhere on Earth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from camera_registry_plugin.registry.errors import InvalidInput
from camera_registry_plugin.search import proximity
from camera_registry_plugin.search.proximity import CameraIndex
from tests.proof import proof_count

GEOD = Geod(ellps="WGS84")

PLACES = st.tuples(
    st.one_of(st.sampled_from([-180.0, 180.0, 179.99999, -179.99999, 0.0]), st.floats(-180, 180)),
    st.one_of(st.sampled_from([0.0, 90.0, -90.0, 89.9999, -89.9999, 60.17, 39.3]), st.floats(-90, 90)),
)
RADII = st.one_of(st.sampled_from([150.0, 400.0, 50_000.0]), st.floats(0.01, 50_000))


def brute_force(lon: float, lat: float, lons: np.ndarray, lats: np.ndarray, radius: float) -> dict[int, float]:
    distance = GEOD.inv(np.full(lons.size, lon), np.full(lats.size, lat), lons, lats)[2]
    return {int(row): float(distance[row]) for row in np.flatnonzero(np.asarray(distance) <= radius)}


def scatter(lon: float, lat: float, radius: float, seed: int, count: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Cameras around a place: anywhere up to twice the radius, a tenth at its very edge, some in one spot."""
    random = np.random.default_rng(seed)
    distance = random.uniform(0, 2 * radius, count)
    edge = max(1, count // 10)
    distance[:edge] = radius * (1 + random.uniform(-1e-9, 1e-9, edge))
    distance[-edge:] = 0.0
    azimuth = random.uniform(0, 360, count)
    lons, lats, _back = GEOD.fwd(np.full(count, lon), np.full(count, lat), azimuth, distance)
    return np.clip(lons, -180, 180), np.clip(lats, -90, 90)


@settings(max_examples=proof_count(20_000), deadline=None)
@given(PLACES, RADII, st.integers(0, 2**32))
def test_a_click_finds_exactly_the_cameras_of_brute_force(place, radius, seed):
    lons, lats = scatter(*place, radius, seed)
    expected = brute_force(*place, lons, lats, radius)
    index = CameraIndex(lons, lats)
    found = index.find(*place, radius)
    assert sorted(found.tolist()) == sorted(expected)
    hits = index.within(*place, radius)
    assert dict(zip(hits.camera.tolist(), hits.distance_m.tolist())) == expected
    assert (np.diff(hits.distance_m) >= 0).all()


@settings(max_examples=proof_count(5_000), deadline=None)
@given(st.lists(PLACES, max_size=5), RADII, st.integers(0, 2**32))
def test_a_batch_finds_exactly_the_pairs_of_brute_force(places, radius, seed):
    origins = places or [(24.94, 60.17)]
    scattered = [scatter(*place, radius, seed + number, 60) for number, place in enumerate(origins)]
    lons, lats = (np.concatenate(axis) for axis in zip(*scattered))
    expected = {(i, row) for i, place in enumerate(places) for row in brute_force(*place, lons, lats, radius)}
    batch = np.array(places).reshape(-1, 2)
    pairs = list(CameraIndex(lons, lats).pairs_within(batch[:, 0], batch[:, 1], radius))
    found = [pair for part in pairs for pair in zip(part.incident.tolist(), part.camera.tolist())]
    assert len(found) == len(set(found))
    assert set(found) == expected


@pytest.mark.parametrize("latitude", [0.0, 39.3, 60.17, 89.99, -89.99])
@pytest.mark.parametrize("azimuth", [0.0, 37.0, 90.0, 180.0, 270.0])
def test_a_tenth_of_a_millimetre_decides(latitude, azimuth):
    distances = np.array([149.9999, 150.0001])
    lon, lat, _back = GEOD.fwd([25.0] * 2, [latitude] * 2, [azimuth] * 2, distances)
    assert CameraIndex(np.array(lon), np.array(lat)).find(25.0, latitude, 150.0).tolist() == [0]


def test_a_camera_at_exactly_the_radius_is_inside():
    lons, lats = np.array([24.95]), np.array([60.17])
    distance = GEOD.inv(24.94, 60.17, 24.95, 60.17)[2]
    assert CameraIndex(lons, lats).find(24.94, 60.17, distance).tolist() == [0]
    assert CameraIndex(lons, lats).find(24.94, 60.17, np.nextafter(distance, 0)).tolist() == []


def test_the_antimeridian_is_no_border():
    index = CameraIndex(np.array([179.9995, -179.9995, 180.0, -180.0, 0.0]), np.zeros(5))
    for lon in (180.0, -180.0):
        assert sorted(index.find(lon, 0.0, 150.0).tolist()) == [0, 1, 2, 3]


def test_many_cameras_in_one_spot_are_all_found_in_the_order_of_their_rows():
    hits = CameraIndex(np.full(77, 24.94), np.full(77, 60.17)).within(24.94, 60.17, 1.0)
    assert hits.camera.tolist() == list(range(77))
    assert np.isnan(hits.bearing_deg).all()


def test_rows_that_are_no_positions_are_left_out_and_counted():
    lons = np.array([24.94, np.nan, np.inf, 24.94, 200.0])
    lats = np.array([60.17, 60.17, 60.17, 91.0, 60.17])
    index = CameraIndex(lons, lats)
    assert (index.left_out, len(index)) == (4, 1)
    assert index.find(24.94, 60.17, 10.0).tolist() == [0]
    assert index.find(float("nan"), 60.17, 10.0).size == 0


def test_an_empty_layer_answers_with_nothing():
    index = CameraIndex(np.empty(0), np.empty(0))
    assert index.within(24.94, 60.17, 150.0).camera.size == 0
    assert sum(part.camera.size for part in index.pairs_within(np.array([1.0]), np.array([1.0]), 5.0)) == 0


@pytest.mark.parametrize("radius", [0, -5, 60_000, "text"])
def test_a_radius_that_cannot_be_searched_is_refused_before_the_first_pair(radius):
    index = CameraIndex(np.array([24.94]), np.array([60.17]))
    for search in (index.find, index.within):
        with pytest.raises(InvalidInput):
            search(24.94, 60.17, radius)
    with pytest.raises(InvalidInput):
        index.pairs_within(np.array([24.94]), np.array([60.17]), radius)


def test_chunks_stay_small_keep_an_incident_whole_and_lose_nothing(monkeypatch):
    monkeypatch.setattr(proximity, "CHUNK_CANDIDATES", 500)
    random = np.random.default_rng(7)
    lons, lats = 24.94 + random.uniform(-0.01, 0.01, 3000), 60.17 + random.uniform(-0.005, 0.005, 3000)
    index = CameraIndex(lons, lats)
    parts = list(index.pairs_within(lons[:100], lats[:100], 150.0))
    assert len(parts) > 10
    seen = [set(part.incident.tolist()) for part in parts if part.incident.size]
    assert all(not (early & late) for early, late in zip(seen, seen[1:]))
    assert sum(part.camera.size for part in parts) == sum(
        len(brute_force(lons[i], lats[i], lons, lats, 150.0)) for i in range(100)
    )
