"""Positions and distances on the WGS84 ellipsoid (EPSG:4326 in, metres and degrees out)."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from camera_registry_plugin.registry.errors import InvalidInput, MissingPackage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]

SEMI_MAJOR_M = 6378137.0
FLATTENING = 1 / 298.257223563
ECCENTRICITY_SQUARED = FLATTENING * (2 - FLATTENING)
SEMI_MINOR_M = SEMI_MAJOR_M * (1 - FLATTENING)

# The smallest radius of curvature anywhere on the ellipsoid: that of the meridian at the equator.
SMALLEST_RADIUS_M = SEMI_MAJOR_M * (1 - ECCENTRICITY_SQUARED)

MAX_RADIUS_M = 50_000.0

# 180 corners keep the drawn circle within 0.02 % of the radius.
CIRCLE_POINTS = 180


def check_radius(radius_m: Any) -> float:
    """Return the radius in metres as a float.

    Raises InvalidInput unless it is a number above 0 and at most 50,000 m.
    """
    try:
        radius = float(radius_m)
    except (TypeError, ValueError):
        raise InvalidInput("The distance must be a number. Enter metres above 0 and up to 50,000.") from None
    if not 0 < radius <= MAX_RADIUS_M:
        raise InvalidInput(
            f"A distance of {radius:g} m cannot be searched. Enter a distance above 0 and up to 50,000 m."
        )
    return radius


def usable(lon: FloatArray, lat: FloatArray) -> BoolArray:
    """Return which (n,) positions in degrees are finite and within -180..180 and -90..90."""
    with np.errstate(invalid="ignore"):
        inside = (np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0)
    return np.asarray(inside, dtype=bool)


def axis_distance_and_height(lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return, for latitudes in degrees, the distance from the polar axis and the z coordinate in metres."""
    phi = np.radians(lat)
    sin_phi = np.sin(phi)
    prime_vertical = SEMI_MAJOR_M / np.sqrt(1 - ECCENTRICITY_SQUARED * sin_phi**2)
    # cos(90 degrees) is 6e-17 in floating point, which is what it should be: next to nothing.
    return prime_vertical * np.cos(phi), prime_vertical * (1 - ECCENTRICITY_SQUARED) * sin_phi


def to_geocentric(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return geocentric x, y, z in metres (EPSG:4978, height 0) for positions in degrees, any shape."""
    axis, z = axis_distance_and_height(lat)
    lam = np.radians(lon)
    return axis * np.cos(lam), axis * np.sin(lam), z


def longest_geodesic(chord_m: FloatArray) -> FloatArray:
    """Return the longest geodesic, in metres, that can lie above a straight chord.

    Schur's comparison theorem: a curve bends at most like a circle of the smallest radius of curvature, so
    its chord is at least that circle's.
    """
    twice = 2 * SMALLEST_RADIUS_M
    longest: FloatArray = twice * np.arcsin(np.asarray(chord_m) / twice)
    return longest


def shortest_chord(geodesic_m: float) -> float:
    """Return the shortest chord, in metres, below a geodesic (the inverse of longest_geodesic)."""
    twice = 2 * SMALLEST_RADIUS_M
    return twice * math.sin(geodesic_m / twice)


def pyproj_module() -> Any:
    """Import pyproj on first use. Raises MissingPackage with how to install it."""
    try:
        import pyproj
    except ImportError as error:
        raise MissingPackage("pyproj", "Measuring distances") from error
    return pyproj


@lru_cache(maxsize=1)
def _geod() -> Any:
    return pyproj_module().Geod(ellps="WGS84")


def geodesic_distance(lon_from: FloatArray, lat_from: FloatArray, lon_to: FloatArray, lat_to: FloatArray) -> FloatArray:
    """Return geodesic distances in metres between (n,) pairs of positions in degrees."""
    return np.asarray(_geod().inv(lon_from, lat_from, lon_to, lat_to)[2], dtype=np.float64)


def distance_and_bearing(
    lon_from: FloatArray, lat_from: FloatArray, lon_to: FloatArray, lat_to: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return geodesic distances in metres and bearings in degrees (0 <= bearing < 360, from north).

    Arguments are (n,) arrays in degrees. Two equal positions have no bearing: it is NaN.
    """
    azimuth, _back, distance = _geod().inv(lon_from, lat_from, lon_to, lat_to)
    distance = np.asarray(distance, dtype=np.float64)
    bearing = np.mod(np.asarray(azimuth, dtype=np.float64), 360.0)
    # -1e-15 modulo 360 is 360 in floating point; north is called 0.
    bearing = np.where(bearing >= 360.0, 0.0, bearing)
    return distance, np.where(distance > 0, bearing, np.nan)


def geodesic_circle(lon: float, lat: float, radius_m: float, points: int = CIRCLE_POINTS) -> FloatArray:
    """Return the closed ring (m, 2) of lon, lat in degrees at a geodesic distance around a position.

    Longitudes run on without a jump, so beside the antimeridian some lie beyond 180 degrees. A circle around
    a pole becomes the cap from -180 to 180 degrees that contains the pole.
    """
    azimuths = np.linspace(0.0, 360.0, points, endpoint=False)
    start = np.full(points, float(lon)), np.full(points, float(lat))
    ring_lon, ring_lat, _back = _geod().fwd(*start, azimuths, np.full(points, float(radius_m)))
    ring_lon, ring_lat = np.asarray(ring_lon), np.asarray(ring_lat)
    pole = math.copysign(90.0, lat)
    if geodesic_distance(np.array([lon]), np.array([lat]), np.array([lon]), np.array([pole]))[0] < radius_m:
        return _polar_cap(ring_lon, ring_lat, pole)
    ring_lon = lon + np.mod(ring_lon - lon + 180.0, 360.0) - 180.0
    ring = np.column_stack([ring_lon, ring_lat])
    return np.vstack([ring, ring[:1]])


def _polar_cap(ring_lon: FloatArray, ring_lat: FloatArray, pole: float) -> FloatArray:
    order = np.argsort(ring_lon)
    ring_lon, ring_lat = ring_lon[order], ring_lat[order]
    seam = (ring_lat[0] + ring_lat[-1]) / 2
    edge = np.column_stack([ring_lon, ring_lat])
    first, last = [-180.0, seam], [180.0, seam]
    return np.vstack([[first], edge, [last, [180.0, pole], [-180.0, pole], first]])
