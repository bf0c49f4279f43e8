"""The cameras near a place, exact and generalised ones together, ranked: what the dock and the toolbox list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from camera_registry_plugin.registry.policy import Grid

from .generalised import Cells
from .geodesy import check_radius, distance_and_bearing
from .proximity import CameraIndex, Pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]


class Nearby(NamedTuple):
    """Ranked pairs of incident and camera rows; all arrays have one length.

    `rank` counts from 1 within an incident: cameras with an exact position first, nearest first, then those
    that may be within the distance, by the least distance, then the greatest. An exact camera has a distance
    (m) and a bearing (degrees, NaN at the very place) and its least and greatest distance equal the distance;
    a generalised one has NaN for both and bounds in whole metres.
    """

    incident: IntArray
    camera: IntArray
    rank: IntArray
    distance_m: FloatArray
    bearing_deg: FloatArray
    distance_min_m: FloatArray
    distance_max_m: FloatArray


class CameraSearch:
    """Cameras of one layer, ready to be searched around any place.

    `lon`, `lat`: (n,) degrees (EPSG:4326); `precision_m`: (n,) 0 or NaN where the position is exact, else the
    cell size; `grid`: the registry's, or None where it is not known. `left_out` counts unusable positions.
    """

    def __init__(
        self, lon: FloatArray, lat: FloatArray, precision_m: FloatArray | None = None, grid: Grid | None = None
    ) -> None:
        self._lon, self._lat = np.asarray(lon, float), np.asarray(lat, float)
        if precision_m is None:
            precision_m = np.zeros(self._lon.size)
        generalised = np.nan_to_num(np.asarray(precision_m, float)) > 0
        self._exact_rows = np.flatnonzero(~generalised)
        self._exact = CameraIndex(self._lon[self._exact_rows], self._lat[self._exact_rows])
        self._cell_rows = np.flatnonzero(generalised & np.isfinite(self._lon) & np.isfinite(self._lat))
        self._points = CameraIndex(self._lon[self._cell_rows], self._lat[self._cell_rows])
        missing = int(generalised.sum()) - self._cell_rows.size
        self.left_out = self._exact.left_out + self._points.left_out + missing
        self._cells = None
        if self._cell_rows.size:
            rows = self._cell_rows
            self._cells = Cells(self._lon[rows], self._lat[rows], np.asarray(precision_m, float)[rows], grid)

    def near(self, lon: float, lat: float, radius_m: float) -> Nearby:
        """Return the cameras within, or perhaps within, a geodesic distance of one place in degrees.

        Raises InvalidInput for a radius that is not above 0 and at most 50,000 m.
        """
        parts = list(self.pairs(np.array([lon], dtype=np.float64), np.array([lat], dtype=np.float64), radius_m))
        if not parts:
            empty, none = np.empty(0), np.empty(0, dtype=np.int64)
            return Nearby(none, none, none, empty, empty, empty, empty)
        return Nearby(*(np.concatenate(columns) for columns in zip(*parts)))

    def pairs(self, lons: FloatArray, lats: FloatArray, radius_m: float) -> Iterator[Nearby]:
        """Yield ranked pairs in chunks, by ascending incident; `lons`, `lats` are (m,) degrees.

        An incident is never split over two chunks. Raises InvalidInput as near does.
        """
        radius = check_radius(radius_m)
        lons, lats = np.asarray(lons, float), np.asarray(lats, float)
        if self._cells is None:
            for pairs in self._exact.pairs_within(lons, lats, radius):
                yield self._ranked([self._measured(pairs, lons, lats)])
            return
        # The two searches cut their chunks at different incidents: equal blocks keep an incident in one.
        for first in range(0, lons.size, 1000):
            block = slice(first, first + 1000)
            yield self._block(lons[block], lats[block], radius, first)

    def _block(self, lons: FloatArray, lats: FloatArray, radius: float, first: int) -> Nearby:
        parts = [self._measured(pairs, lons, lats) for pairs in self._exact.pairs_within(lons, lats, radius)]
        parts += self._bounded(lons, lats, radius)
        ranked = self._ranked(parts)
        return ranked._replace(incident=ranked.incident + first)

    def _measured(self, pairs: Pairs, lons: FloatArray, lats: FloatArray) -> Nearby:
        camera = self._exact_rows[pairs.camera]
        distance, bearing = distance_and_bearing(
            lons[pairs.incident], lats[pairs.incident], self._lon[camera], self._lat[camera]
        )
        return Nearby(pairs.incident, camera, camera, distance, bearing, distance, distance)

    def _bounded(self, lons: FloatArray, lats: FloatArray, radius: float) -> list[Nearby]:
        cells = self._cells
        if cells is None:
            return []
        parts = []
        # One metre more: the least distance is rounded down before it is compared.
        reach = float(cells.reach_m.max()) + 1.0
        for pairs in self._points.pairs_within_any(lons, lats, radius + reach):
            bounds = cells.bounds(lons[pairs.incident], lats[pairs.incident], pairs.camera)
            keep = bounds.distance_min_m <= radius
            unknown = np.full(int(keep.sum()), np.nan)
            least, greatest = bounds.distance_min_m[keep], bounds.distance_max_m[keep]
            camera = self._cell_rows[pairs.camera[keep]]
            parts.append(Nearby(pairs.incident[keep], camera, camera, unknown, unknown, least, greatest))
        return parts

    @staticmethod
    def _ranked(parts: list[Nearby]) -> Nearby:
        """Sort pairs by incident and nearness and count the ranks; ties go by camera row."""
        if not parts:
            empty, none = np.empty(0), np.empty(0, dtype=np.int64)
            return Nearby(none, none, none, empty, empty, empty, empty)
        merged = Nearby(*(np.concatenate(columns) for columns in zip(*parts)))
        generalised = np.isnan(merged.distance_m)
        keys = (merged.camera, merged.distance_max_m, merged.distance_min_m, generalised, merged.incident)
        order = np.lexsort(keys)
        ordered = Nearby(*(column[order] for column in merged))
        changes = np.flatnonzero(np.diff(ordered.incident, prepend=-1))
        lengths = np.diff(np.append(changes, ordered.incident.size))
        rank = np.arange(ordered.incident.size) - np.repeat(changes, lengths) + 1
        return ordered._replace(rank=rank)
