"""Bounds to a generalised camera hold for every place its cell may hide it in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from camera_registry_plugin.registry.errors import ConfigurationError
from camera_registry_plugin.registry.policy import Grid
from camera_registry_plugin.search.generalised import Cells
from tests.proof import proof_count

GEOD = Geod(ellps="WGS84")
SIZES = (250, 500, 1000, 2000)
# A plain one, an equal-area one, a stereographic one near the pole, and one whose scale is far from 1.
GRIDS = [
    (Grid("EPSG:3067", (0.0, 0.0), SIZES), 24.94, 60.17),
    (Grid("EPSG:26918", (13.0, -7.5), SIZES), -76.6, 39.3),
    (Grid("EPSG:3035", (0.0, 0.0), SIZES), 24.94, 60.17),
    (Grid("EPSG:3413", (0.0, 0.0), SIZES), -150.0, 80.0),
    (Grid("EPSG:3857", (0.0, 0.0), SIZES), -76.6, 39.3),
]


@settings(max_examples=proof_count(10_000), deadline=None)
@given(
    st.sampled_from(GRIDS),
    st.sampled_from(SIZES),
    st.floats(0, 52_000),
    st.floats(0, 360),
    st.tuples(st.floats(-30_000, 30_000), st.floats(-30_000, 30_000)),
    st.integers(0, 2**32),
)
def test_the_camera_is_never_nearer_or_farther_than_the_bounds(place, size, away, azimuth, offset, seed):
    grid, lon, lat = place
    to_grid = Transformer.from_crs(4326, grid.crs, always_xy=True)
    x, y = to_grid.transform(lon, lat)
    column, row = (int(np.floor((v + o - g) / size)) for v, o, g in zip((x, y), offset, grid.origin))
    random = np.random.default_rng(seed)
    share = np.vstack([random.uniform(0, 1, (60, 2)), [[0, 0], [1, 0], [1, 1], [0, 1]], random.uniform(0, 1, (20, 2))])
    share[-20:-10, 0] = 0
    share[-10:, 1] = 1
    inside_x = (column + share[:, 0]) * size + grid.origin[0]
    inside_y = (row + share[:, 1]) * size + grid.origin[1]
    lons, lats = to_grid.transform(inside_x, inside_y, direction="INVERSE")
    published = to_grid.transform(
        (column + 0.1 + 0.8 * random.uniform()) * size + grid.origin[0],
        (row + 0.1 + 0.8 * random.uniform()) * size + grid.origin[1],
        direction="INVERSE",
    )
    here = GEOD.fwd(lons[0], lats[0], azimuth, away)[:2]
    true = np.asarray(GEOD.inv(np.full(84, here[0]), np.full(84, here[1]), lons, lats)[2])
    one = np.array([0])
    for known in (grid, None):
        if known is None and grid.crs == "EPSG:3857":
            continue  # a size in map units says nothing on the ground when the grid is not known
        if known is None and grid.crs == "EPSG:3413":
            continue
        cells = Cells(np.array([published[0]]), np.array([published[1]]), np.array([size]), known)
        least, greatest = (float(b[0]) for b in cells.bounds(np.array([here[0]]), np.array([here[1]]), one))
        assert least <= true.min()
        assert greatest >= true.max()
        assert least == int(least)
        assert greatest == int(greatest)
        if known is not None:
            assert greatest <= true[60:64].max() + 2


def test_a_place_in_the_cell_may_be_the_camera_itself():
    grid = Grid("EPSG:3067", (0.0, 0.0), SIZES)
    cells = Cells(np.array([24.94]), np.array([60.17]), np.array([250.0]), grid)
    least, greatest = cells.bounds(np.array([24.94]), np.array([60.17]), np.array([0]))
    assert least.tolist() == [0]
    assert 125 < greatest[0] < 354


def test_the_corners_are_those_of_the_grid_and_contain_the_point():
    grid = Grid("EPSG:3067", (0.0, 0.0), SIZES)
    ring = Cells(np.array([24.94]), np.array([60.17]), np.array([250.0]), grid).corners()
    x, y = Transformer.from_crs(4326, 3067, always_xy=True).transform(ring[0, :, 0], ring[0, :, 1])
    assert np.allclose(np.mod(np.asarray(x) + 1, 250), 1, atol=1e-3)
    assert np.allclose(np.mod(np.asarray(y) + 1, 250), 1, atol=1e-3)
    assert ring.shape == (1, 5, 2)
    assert (ring[0, 0] == ring[0, -1]).all()


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:2248", "EPSG:999999"])
def test_a_grid_that_is_not_in_metres_is_refused_in_words(crs):
    with pytest.raises(ConfigurationError, match="administrator"):
        Cells(np.array([24.94]), np.array([60.17]), np.array([250.0]), Grid(crs, (0.0, 0.0), SIZES))
