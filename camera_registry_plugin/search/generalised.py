"""Generalised positions: the cell a camera is somewhere in, and how near and how far that cell can be."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from camera_registry_plugin.registry.errors import ConfigurationError
from camera_registry_plugin.registry.policy import Grid

from .geodesy import geodesic_distance, longest_geodesic, pyproj_module, to_geocentric

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

# Each edge is followed by this many straight pieces. A grid's straight line is a curve on the ground; how far
# it strays from the pieces is measured and added to the bounds.
PIECES = 4
CORNERS = 4

# Rounding of the projection, well above what it errs by.
SLACK_M = 0.01


class Bounds(NamedTuple):
    """The least and the greatest distance from a place to anywhere in a cell, in whole metres."""

    distance_min_m: FloatArray
    distance_max_m: FloatArray


class Cells:
    """The cells of generalised cameras, in a known grid or around the published points.

    `lon`, `lat`: (n,) published points in degrees (EPSG:4326); `size_m`: (n,) cell sizes, above 0. Without a
    grid the cell is only known to reach from the point by at most its diagonal.
    Raises ConfigurationError where the grid's CRS is not one in metres.
    """

    def __init__(self, lon: FloatArray, lat: FloatArray, size_m: FloatArray, grid: Grid | None) -> None:
        self._lon, self._lat = np.asarray(lon, float), np.asarray(lat, float)
        self._size = np.asarray(size_m, float)
        self._grid = grid
        self.reach_m = self._size * np.sqrt(2.0) * 1.001
        if grid is not None:
            self._trace(grid)

    def corners(self) -> FloatArray:
        """Return the closed rings (n, 5, 2) of the cells as lon, lat in degrees; needs a grid."""
        if self._grid is None:
            raise ConfigurationError("The registry states no grid, so its cells cannot be drawn.")
        ring = np.stack([self._ring_lon[:, ::PIECES], self._ring_lat[:, ::PIECES]], axis=-1)
        return np.concatenate([ring, ring[:, :1]], axis=1)

    def bounds(self, lon: FloatArray, lat: FloatArray, cell: IntArray) -> Bounds:
        """Return the bounds between (k,) places in degrees and (k,) cell numbers.

        The least is 0 where the place lies in the cell. The least is rounded down and the greatest up, so the
        true geodesic distance to any point of the cell is never outside them.
        """
        lon, lat = np.asarray(lon, float), np.asarray(lat, float)
        if self._grid is None:
            to_point = geodesic_distance(lon, lat, self._lon[cell], self._lat[cell])
            least, greatest = np.maximum(to_point - self.reach_m[cell], 0.0), to_point + self.reach_m[cell]
        else:
            least, greatest = self._to_outline(lon, lat, cell)
            least[self._contains(lon, lat, cell)] = 0.0
        return Bounds(np.floor(least), np.ceil(greatest))

    def _trace(self, grid: Grid) -> None:
        self._to_grid, from_grid = _transformers(grid.crs)
        x, y = self._to_grid.transform(self._lon, self._lat)
        self._west = np.floor((np.asarray(x) - grid.origin[0]) / self._size) * self._size + grid.origin[0]
        self._south = np.floor((np.asarray(y) - grid.origin[1]) / self._size) * self._size + grid.origin[1]
        # Twice as fine as the pieces: every second point lies in the middle of one and shows how far it strays.
        across, up = _outline(2 * PIECES)
        ring_x = self._west[:, None] + self._size[:, None] * across
        ring_y = self._south[:, None] + self._size[:, None] * up
        lon, lat = from_grid.transform(ring_x, ring_y)
        lon, lat = np.asarray(lon), np.asarray(lat)
        self._ring_lon, self._ring_lat = lon[:, ::2], lat[:, ::2]
        fine = np.stack(to_geocentric(lon, lat), axis=-1)
        self._ring = fine[:, ::2]
        middle = (self._ring + np.roll(self._ring, -1, axis=1)) / 2
        strays = np.linalg.norm(fine[:, 1::2] - middle, axis=-1).max(axis=1, initial=0.0)
        self._stray = 2 * strays + SLACK_M
        point = np.stack(to_geocentric(self._lon, self._lat), axis=-1)
        farthest = np.linalg.norm(self._ring - point[:, None], axis=-1).max(axis=1, initial=0.0)
        self.reach_m = longest_geodesic(farthest + self._stray)

    def _contains(self, lon: FloatArray, lat: FloatArray, cell: IntArray) -> NDArray[np.bool_]:
        x, y = self._to_grid.transform(lon, lat)
        east, north = np.asarray(x) - self._west[cell], np.asarray(y) - self._south[cell]
        size = self._size[cell]
        edge = SLACK_M
        inside: NDArray[np.bool_] = (east >= -edge) & (north >= -edge) & (east <= size + edge) & (north <= size + edge)
        return inside

    def _to_outline(self, lon: FloatArray, lat: FloatArray, cell: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return least and greatest geodesic distances from places to the outlines of cells.

        From the nearest and the farthest point of the outline's straight pieces in geocentric coordinates: a
        chord is never longer than the geodesic, longest_geodesic never shorter.
        """
        place = np.stack(to_geocentric(lon, lat), axis=-1)[:, None]
        start = self._ring[cell]
        along = np.roll(start, -1, axis=1) - start
        away = place - start
        share = np.clip((away * along).sum(-1) / (along * along).sum(-1), 0.0, 1.0)
        nearest = np.linalg.norm(away - share[..., None] * along, axis=-1).min(axis=1, initial=np.inf)
        farthest = np.linalg.norm(away, axis=-1).max(axis=1, initial=0.0)
        stray = self._stray[cell]
        return np.maximum(nearest - stray, 0.0), longest_geodesic(farthest + stray)


def _outline(pieces: int) -> tuple[FloatArray, FloatArray]:
    """Return the unit square's outline, anticlockwise from the south-west, without repeating its start."""
    run = np.arange(pieces) / pieces
    none, one = np.zeros(pieces), np.ones(pieces)
    return np.concatenate([run, one, 1 - run, none]), np.concatenate([none, run, one, 1 - run])


@lru_cache(maxsize=8)
def _transformers(crs: str) -> tuple[Any, Any]:
    pyproj = pyproj_module()
    try:
        grid = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise ConfigurationError(
            f"The registry's grid names the coordinate system {crs}, which is not known here. Tell its administrator.",
            str(error),
        ) from error
    if not grid.is_projected or any(axis.unit_conversion_factor != 1.0 for axis in grid.axis_info):
        raise ConfigurationError(
            f"The registry's grid uses {crs}, whose unit is not the metre. Tell its administrator."
        )
    make = pyproj.Transformer.from_crs
    return make("EPSG:4326", grid, always_xy=True), make(grid, "EPSG:4326", always_xy=True)
