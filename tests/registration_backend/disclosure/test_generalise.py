"""A generalised position says which cell a site is in, and nothing more."""

from __future__ import annotations

import math
import secrets
import uuid

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure.generalise import (
    CELL_SIZES_M,
    REQUIRED_ADDRESSES,
    Cell,
    Grid,
    GridError,
    check_grid,
    smallest_cell,
)
from tests.proof import proof_count

GRID = Grid(3067)
KEY = secrets.token_bytes(32)
CELLS = st.builds(
    Cell, st.sampled_from(CELL_SIZES_M), st.integers(100, 350), st.integers(3340, 3880)
)  # inside Finland whatever the size
IDS = st.uuids().map(str)


def share_of_cell(grid: Grid, cell: Cell, lon: float, lat: float) -> tuple[float, float]:
    """Return how far into the cell a point lies, as shares of its side."""
    x, y = grid.project([lon], [lat])
    return float(x[0]) / cell.size_m - cell.i, float(y[0]) / cell.size_m - cell.j


@settings(max_examples=proof_count(5000))
@given(cell=CELLS, camera_id=IDS)
def test_the_point_lies_well_inside_its_cell_and_is_always_the_same(cell: Cell, camera_id: str) -> None:
    ((lon, lat),) = GRID.shown_points(KEY, [camera_id], cell)
    assert (lon, lat) == (round(lon, 7), round(lat, 7))
    across, up = share_of_cell(GRID, cell, lon, lat)
    assert 0.0999 < across < 0.9001
    assert 0.0999 < up < 0.9001
    assert GRID.shown_points(KEY, ["x", camera_id], cell)[1] == (lon, lat)


@settings(max_examples=proof_count(2000))
@given(x=st.floats(100_000, 700_000), y=st.floats(6_650_000, 7_700_000))
def test_a_larger_cell_holds_the_smaller_ones(x: float, y: float) -> None:
    cells = GRID.candidates(x, y)
    assert [cell.size_m for cell in cells] == list(CELL_SIZES_M)
    for small, large in zip(cells, cells[1:]):
        ratio = large.size_m // small.size_m
        assert (small.i // ratio, small.j // ratio) == (large.i, large.j)
        assert large.i * large.size_m <= x < (large.i + 1) * large.size_m


def test_points_of_many_cameras_fill_the_cell_evenly() -> None:
    cell = Cell(1000, 386, 6672)
    ids = [str(uuid.UUID(int=number)) for number in range(4000)]
    shares = np.array([share_of_cell(GRID, cell, *point) for point in GRID.shown_points(KEY, ids, cell)])
    for axis in (0, 1):
        counts, _ = np.histogram(shares[:, axis], bins=8, range=(0.1, 0.9))
        assert counts.min() > 400
    assert abs(np.corrcoef(shares.T)[0, 1]) < 0.06


def test_another_key_camera_cell_or_grid_gives_another_point() -> None:
    camera_id, cell = str(uuid.uuid4()), Cell(250, 1544, 26688)
    base = GRID.shown_points(KEY, [camera_id], cell)[0]
    others = [
        GRID.shown_points(secrets.token_bytes(32), [camera_id], cell)[0],
        GRID.shown_points(KEY, [str(uuid.uuid4())], cell)[0],
        GRID.shown_points(KEY, [camera_id], Cell(250, 1545, 26688))[0],
        Grid(3067, (1.0, 0.0)).shown_points(KEY, [camera_id], cell)[0],
    ]
    assert base not in others


@settings(max_examples=proof_count(2000))
@given(counts=st.lists(st.integers(0, 60), min_size=4, max_size=4))
def test_the_smallest_cell_with_twenty_addresses_is_taken(counts: list[int]) -> None:
    cells = GRID.candidates(386_040.0, 6_672_060.0)
    held = dict(zip(cells, counts))
    chosen = smallest_cell(cells, lambda cell: held[cell])
    enough = [cell for cell in cells if held[cell] >= REQUIRED_ADDRESSES]
    assert chosen == (min(enough, key=lambda cell: cell.size_m) if enough else None)


def test_there_is_no_cell_outside_the_coordinate_system() -> None:
    x, y = Grid(32635).project([-63.0], [0.0])
    assert GRID.candidates(math.inf, 0.0) == ()
    assert GRID.candidates(float("nan"), 0.0) == ()
    assert Grid(32635).candidates(float(x[0]), float(y[0])) == () or math.isfinite(x[0])


@pytest.mark.parametrize("srid", [4326, 2263, 0, 999_999])
def test_a_grid_needs_a_projected_system_in_metres(srid: int) -> None:
    with pytest.raises(GridError, match="Choose a projected coordinate system in metres"):
        check_grid(srid)


@pytest.mark.parametrize(
    ("srid", "lon", "lat"),
    [(3067, 24.94, 60.17), (32618, -76.61, 39.29), (26918, -76.61, 39.29), (28992, 4.48, 51.92), (27700, -1.47, 53.38)],
)
def test_common_grids_are_accepted_and_place_a_site_in_a_cell_of_each_size(srid: int, lon: float, lat: float) -> None:
    check_grid(srid)
    x, y = Grid(srid).project([lon], [lat])
    cells = Grid(srid).candidates(float(x[0]), float(y[0]))
    assert [cell.size_m for cell in cells] == list(CELL_SIZES_M)
