"""Exact and generalised cameras are ranked together without pretending."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from camera_registry_plugin.registry.policy import Grid
from camera_registry_plugin.search.generalised import Cells
from camera_registry_plugin.search.nearby import CameraSearch
from camera_registry_plugin.search.proximity import CameraIndex
from tests.proof import proof_count

GRID = Grid("EPSG:3067", (0.0, 0.0), (250, 500, 1000, 2000))


def cameras(seed: int, count: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    lon = 24.94 + random.uniform(-0.05, 0.05, count)
    lat = 60.17 + random.uniform(-0.02, 0.02, count)
    return lon, lat, random.choice([0.0, np.nan, 250.0, 500.0, 2000.0], count)


@settings(max_examples=proof_count(2_000), deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([GRID, None]), st.sampled_from([150.0, 400.0, 3000.0]))
def test_ranked_pairs_are_the_exact_hits_then_every_cell_that_may_be_within(seed, grid, radius):
    lon, lat, precision = cameras(seed)
    found = CameraSearch(lon, lat, precision, grid).near(24.94, 60.17, radius)
    exact = np.flatnonzero(~(np.nan_to_num(precision) > 0))
    cells = np.flatnonzero(np.nan_to_num(precision) > 0)
    hits = CameraIndex(lon[exact], lat[exact]).within(24.94, 60.17, radius)
    number = hits.camera.size
    assert found.camera[:number].tolist() == exact[hits.camera].tolist()
    assert np.array_equal(found.distance_m[:number], hits.distance_m)
    assert np.isnan(found.distance_m[number:]).all()
    assert np.isnan(found.bearing_deg[number:]).all()
    here = np.full(cells.size, 24.94), np.full(cells.size, 60.17)
    bounds = Cells(lon[cells], lat[cells], precision[cells], grid).bounds(*here, np.arange(cells.size))
    may = cells[bounds.distance_min_m <= radius]
    assert sorted(found.camera[number:].tolist()) == sorted(may.tolist())
    assert found.rank.tolist() == list(range(1, found.camera.size + 1))
    assert (np.diff(found.distance_min_m[number:]) >= 0).all()


def test_a_least_distance_that_rounds_down_to_the_radius_counts():
    lon, lat, precision = cameras(229)
    found = CameraSearch(lon, lat, precision).near(24.94, 60.17, 150.0)
    assert 200 in found.camera.tolist()


def test_many_incidents_give_the_same_as_one_after_the_other():
    lon, lat, precision = cameras(3)
    search = CameraSearch(lon, lat, precision, GRID)
    incidents = 24.94 + np.linspace(-0.04, 0.04, 2500), np.full(2500, 60.17)
    parts = list(search.pairs(*incidents, 200.0))
    assert len(parts) == 3
    together = {}
    for part in parts:
        for row, camera, rank, *values in zip(*(column.tolist() for column in part)):
            together[row, camera] = (rank, [None if v != v else v for v in values])
    for row in range(0, 2500, 50):
        alone = search.near(incidents[0][row], incidents[1][row], 200.0)
        for _zero, camera, rank, *values in zip(*(column.tolist() for column in alone)):
            assert together.pop((row, camera)) == (rank, [None if v != v else v for v in values])
        assert not [key for key in together if key[0] == row]


def test_nothing_near_is_an_empty_answer_and_unusable_rows_are_counted():
    search = CameraSearch(np.array([24.94, np.nan, np.nan]), np.array([60.17, 1.0, 1.0]), np.array([0, 0, 250.0]), GRID)
    assert search.left_out == 2
    assert search.near(-76.0, 39.0, 150.0).camera.size == 0
    empty = CameraSearch(np.empty(0), np.empty(0))
    assert empty.near(24.94, 60.17, 150.0).camera.size == 0
