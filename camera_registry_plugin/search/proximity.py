"""Which cameras lie within a distance of a place: exact against the geodesic, a million rows in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .geodesy import (
    axis_distance_and_height,
    check_radius,
    distance_and_bearing,
    geodesic_distance,
    shortest_chord,
    to_geocentric,
    usable,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

# About 111 m: a click of 400 m reads eight or nine slices, a batch of 150 m three or four.
BAND_DEGREES = 0.001
BANDS = 180_000

# Longitudes span 360 degrees; the gap between bands keeps a slice from reaching into the next one.
BAND_STRIDE = 400.0

# Geocentric coordinates in float64 and pyproj.Geod both err by nanometres: a micrometre covers them.
ROUNDING_M = 1e-6

# The key of the last band is 72 million, where float64 resolves 1.5e-8 degrees.
LONGITUDE_MARGIN = 1e-7

CHUNK_CANDIDATES = 1_000_000
CHUNK_SLICES = 1_000_000


class Hits(NamedTuple):
    """Cameras around one place, nearest first: row numbers, distances in metres, bearings in degrees."""

    camera: IntArray
    distance_m: FloatArray
    bearing_deg: FloatArray


class Pairs(NamedTuple):
    """Incident and camera rows within the distance, by ascending incident, with their chord in metres."""

    incident: IntArray
    camera: IntArray
    chord_m: FloatArray


class _Slices(NamedTuple):
    """Contiguous runs of sorted cameras: the place each belongs to, its first row and how many."""

    place: IntArray
    start: IntArray
    length: IntArray


class CameraIndex:
    """Cameras sorted by latitude band and longitude, so that a band around a place is one slice.

    `lon` and `lat` are (n,) float64 in degrees (EPSG:4326). Rows that are NaN, infinite or out of range are
    left out and counted in `left_out`; row numbers in answers are those of the arrays given.
    """

    def __init__(self, lon: FloatArray, lat: FloatArray) -> None:
        lon = np.asarray(lon, dtype=np.float64)
        lat = np.asarray(lat, dtype=np.float64)
        rows = np.flatnonzero(usable(lon, lat))
        self.left_out = int(lon.size - rows.size)
        lon, lat = lon[rows], lat[rows]
        key = _band(lat) * BAND_STRIDE + lon
        order = np.argsort(key, kind="stable")
        self._key = key[order]
        self._lon, self._lat = lon[order], lat[order]
        self._row = rows[order]
        self._x, self._y, self._z = to_geocentric(self._lon, self._lat)

    def __len__(self) -> int:
        return int(self._row.size)

    def find(self, lon: float, lat: float, radius_m: float) -> IntArray:
        """Return the row numbers, in no order, of the cameras within a geodesic distance (ties included).

        Raises InvalidInput for a radius that is not above 0 and at most 50,000 m. A place that is not a
        position has no camera near it.
        """
        return self._find(lon, lat, check_radius(radius_m))[0]

    def within(self, lon: float, lat: float, radius_m: float) -> Hits:
        """Return the cameras within a geodesic distance, nearest first, with distance and bearing."""
        index, hits = self._find(lon, lat, check_radius(radius_m))
        here_lon, here_lat = np.full(hits.size, float(lon)), np.full(hits.size, float(lat))
        distance, bearing = distance_and_bearing(here_lon, here_lat, self._lon[hits], self._lat[hits])
        order = np.lexsort((index, distance))
        return Hits(index[order], distance[order], bearing[order])

    def pairs_within(self, lons: FloatArray, lats: FloatArray, radius_m: float) -> Iterator[Pairs]:
        """Yield the pairs within a geodesic distance in chunks, by ascending incident.

        `lons`, `lats`: (m,) float64 degrees; unusable positions have no pairs. An incident is never split
        over two chunks; memory stays near 100 MB unless one incident alone has more candidates than that.
        """
        return self.pairs_within_any(lons, lats, check_radius(radius_m))

    def pairs_within_any(self, lons: FloatArray, lats: FloatArray, radius_m: float) -> Iterator[Pairs]:
        """Yield pairs as pairs_within does, without its limit on the radius (for search around a cell)."""
        lons = np.asarray(lons, dtype=np.float64)
        lats = np.asarray(lats, dtype=np.float64)
        places = np.flatnonzero(usable(lons, lats))
        bands_each = int(radius_m / 100) + 3
        step = max(1, CHUNK_SLICES // bands_each)
        for first in range(0, places.size, step):
            block = places[first : first + step]
            slices = self._slices(lons[block], lats[block], radius_m)
            for part in _split(slices):
                yield self._pairs(block, part, lons, lats, radius_m)

    def _find(self, lon: float, lat: float, radius_m: float) -> tuple[IntArray, IntArray]:
        place_lon, place_lat = np.array([lon], dtype=np.float64), np.array([lat], dtype=np.float64)
        nothing = np.empty(0, dtype=np.int64)
        if not usable(place_lon, place_lat)[0]:
            return nothing, nothing
        slices = self._slices(place_lon, place_lat, radius_m)
        runs = [np.arange(s, s + n) for s, n in zip(slices.start.tolist(), slices.length.tolist()) if n]
        if not runs:
            return nothing, nothing
        found = np.concatenate(runs)
        x, y, z = to_geocentric(place_lon, place_lat)
        chord = np.sqrt((self._x[found] - x) ** 2 + (self._y[found] - y) ** 2 + (self._z[found] - z) ** 2)
        keep = self._decide(chord, found, place_lon, place_lat, radius_m)
        hits = found[keep]
        return self._row[hits], hits

    def _pairs(self, block: IntArray, slices: _Slices, lons: FloatArray, lats: FloatArray, radius_m: float) -> Pairs:
        total = int(slices.length.sum())
        before = np.cumsum(slices.length) - slices.length
        found = np.repeat(slices.start - before, slices.length) + np.arange(total)
        incident = np.repeat(block[slices.place], slices.length)
        x, y, z = to_geocentric(lons[block], lats[block])
        chord = np.square(self._x[found] - np.repeat(x[slices.place], slices.length))
        chord += np.square(self._y[found] - np.repeat(y[slices.place], slices.length))
        chord += np.square(self._z[found] - np.repeat(z[slices.place], slices.length))
        np.sqrt(chord, out=chord)
        keep = self._decide(chord, found, lons, lats, radius_m, incident)
        return Pairs(incident[keep], self._row[found[keep]], chord[keep])

    def _decide(
        self,
        chord: FloatArray,
        found: IntArray,
        lons: FloatArray,
        lats: FloatArray,
        radius_m: float,
        incident: IntArray | None = None,
    ) -> IntArray:
        """Return which candidates are within the geodesic distance.

        A chord is never longer than the geodesic, so a chord beyond the radius is out; one shorter than the
        shortest chord of such a geodesic is in; pyproj.Geod decides the sliver between.
        """
        keep = chord <= radius_m + ROUNDING_M
        doubtful = np.flatnonzero(keep & (chord > shortest_chord(radius_m) - ROUNDING_M))
        if doubtful.size:
            place = np.zeros(doubtful.size, dtype=np.int64) if incident is None else incident[doubtful]
            camera = found[doubtful]
            distance = geodesic_distance(lons[place], lats[place], self._lon[camera], self._lat[camera])
            keep[doubtful] = distance <= radius_m
        return np.flatnonzero(keep)

    def _slices(self, lons: FloatArray, lats: FloatArray, radius_m: float) -> _Slices:
        """Return the runs of sorted cameras that can be within the distance of each place."""
        # The smallest radius of curvature gives the most degrees for a distance.
        reach = np.degrees(radius_m / 6.33e6)
        lowest = _band(np.maximum(lats - reach, -90.0))
        highest = _band(np.minimum(lats + reach, 90.0))
        counts = (highest - lowest).astype(np.int64) + 1
        place = np.repeat(np.arange(lats.size), counts)
        before = np.cumsum(counts) - counts
        band = np.repeat(lowest - before, counts) + np.arange(int(counts.sum()))
        half = _half_width(lats[place], band, radius_m)
        return self._ranges(place, band, lons[place], half)

    def _ranges(self, place: IntArray, band: FloatArray, lon: FloatArray, half: FloatArray) -> _Slices:
        west, east = lon - half, lon + half
        # What reaches over the antimeridian continues on the other side, as a second run.
        over = (west < -180.0) | (east > 180.0)
        if over.any():
            shift = np.where(west[over] < -180.0, 360.0, -360.0)
            other_west = np.maximum(west[over] + shift, -180.0)
            other_east = np.minimum(east[over] + shift, 180.0)
            whole = half[over] >= 360.0
            place = np.concatenate([place, place[over][~whole]])
            band = np.concatenate([band, band[over][~whole]])
            west = np.concatenate([west, other_west[~whole]])
            east = np.concatenate([east, other_east[~whole]])
            order = np.argsort(place, kind="stable")
            place, band, west, east = place[order], band[order], west[order], east[order]
        base = band * BAND_STRIDE
        start = np.searchsorted(self._key, base + np.maximum(west, -180.0) - LONGITUDE_MARGIN, "left")
        stop = np.searchsorted(self._key, base + np.minimum(east, 180.0) + LONGITUDE_MARGIN, "right")
        return _Slices(place, start, stop - start)


def _band(lat: FloatArray) -> FloatArray:
    """Return the band number of latitudes in degrees, as whole float64 numbers from 0."""
    band: FloatArray = np.minimum(np.floor((lat + 90.0) / BAND_DEGREES), BANDS - 1)
    return band


def _half_width(lat: FloatArray, band: FloatArray, radius_m: float) -> FloatArray:
    """Return how many degrees of longitude a band must be read to each side of a place.

    On the ellipsoid chord^2 = (p1 - p2)^2 + (z1 - z2)^2 + 4 p1 p2 sin^2(dlon / 2) with p the distance from
    the axis: the first two terms are least at the band's nearer edge, p2 at its edge nearer a pole.
    """
    # A hair beyond the edges: the rounding of the band number must never lose a row that lies on one.
    edge = band * BAND_DEGREES - 90.0
    south, north = np.maximum(edge - 1e-9, -90.0), np.minimum(edge + BAND_DEGREES + 1e-9, 90.0)
    nearest = np.clip(lat, south, north)
    axis, height = axis_distance_and_height(lat)
    near_axis, near_height = axis_distance_and_height(nearest)
    least_axis = np.minimum(axis_distance_and_height(south)[0], axis_distance_and_height(north)[0])
    rest = (radius_m + 1.0e-3) ** 2 - (axis - near_axis) ** 2 - (height - near_height) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        sine_squared = np.maximum(rest, 0.0) / (4 * axis * least_axis)
    whole = ~(sine_squared < 1.0)
    half = np.degrees(2 * np.arcsin(np.sqrt(np.where(whole, 0.0, sine_squared))))
    # Just below a half turn the two runs beside the antimeridian would meet: read the whole band.
    return np.where(whole | (half > 179.9), 360.0, half)


def _split(slices: _Slices) -> Iterator[_Slices]:
    """Cut runs into parts of about CHUNK_CANDIDATES cameras, never within one place."""
    total = np.cumsum(slices.length)
    first = 0
    while first < slices.place.size:
        done = total[first - 1] if first else 0
        last = int(np.searchsorted(total, done + CHUNK_CANDIDATES, "right"))
        last = max(last, first + 1)
        if last < slices.place.size:
            whole_places = int(np.searchsorted(slices.place, slices.place[last], "left"))
            if whole_places > first:
                last = whole_places
            else:
                last = int(np.searchsorted(slices.place, slices.place[first], "right"))
        yield _Slices(slices.place[first:last], slices.start[first:last], slices.length[first:last])
        first = last
