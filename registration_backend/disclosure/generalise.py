"""Turns a site into the grid cell that is published in its place, and a cell into one point for each camera."""

from __future__ import annotations

import hmac
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

CELL_SIZES_M = (250, 500, 1000, 2000)
GRID_ORIGIN = (0.0, 0.0)
REQUIRED_ADDRESSES = 20
DECIMALS = 7  # of a degree: 11 mm at most

# The share of a cell's side that is kept free along each edge, so that a rounded point stays in its cell.
_MARGIN = 0.1


class GridError(ValueError):
    """The agency's coordinate system cannot carry a grid in metres; the message says what to choose."""


class Cell(NamedTuple):
    """A square of `size_m` metres: column `i` and row `j`, counted from the grid's origin."""

    size_m: int
    i: int
    j: int

    def __str__(self) -> str:
        return f"{self.size_m}/{self.i}/{self.j}"


@dataclass(frozen=True)
class Grid:
    """An agency's grid: a projected CRS in metres and an origin in it, the same for all cell sizes."""

    srid: int
    origin: tuple[float, float] = GRID_ORIGIN

    def project(self, lon: Sequence[float], lat: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return easting and northing, in metres, of EPSG:4326 degrees; infinite outside the CRS.

        Raises GridError when the CRS is unknown or is not projected in metres.
        """
        to_grid, _ = _transformers(self.srid)
        x, y = to_grid.transform(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
        return np.asarray(x), np.asarray(y)

    def cells(
        self, x: NDArray[np.float64], y: NDArray[np.float64], size_m: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the columns and rows of the cells of `size_m` metres that hold finite `x`, `y` of this CRS."""
        i = np.floor((x - self.origin[0]) / size_m).astype(np.int64)
        j = np.floor((y - self.origin[1]) / size_m).astype(np.int64)
        return i, j

    def candidates(self, x: float, y: float) -> tuple[Cell, ...]:
        """Return the cells around one point of this CRS, smallest first; none outside the CRS."""
        if not (math.isfinite(x) and math.isfinite(y)):
            return ()
        return tuple(
            Cell(size, math.floor((x - self.origin[0]) / size), math.floor((y - self.origin[1]) / size))
            for size in CELL_SIZES_M
        )

    def outline(self, cell: Cell) -> list[tuple[float, float]]:
        """Return the corners of `cell` as longitude and latitude (EPSG:4326, 7 decimals), from its south-west one
        counter-clockwise."""
        steps = ((0, 0), (1, 0), (1, 1), (0, 1))
        x = np.asarray([self.origin[0] + (cell.i + i) * cell.size_m for i, _ in steps])
        y = np.asarray([self.origin[1] + (cell.j + j) * cell.size_m for _, j in steps])
        _, to_degrees = _transformers(self.srid)
        lon, lat = to_degrees.transform(x, y)
        return [(round(float(a), DECIMALS), round(float(b), DECIMALS)) for a, b in zip(lon, lat, strict=True)]

    def shown_points(self, key: bytes, camera_ids: Sequence[str], cell: Cell) -> list[tuple[float, float]]:
        """Return the published longitude and latitude (EPSG:4326, 7 decimals) of each camera in `cell`.

        A point depends on the key, the camera's id and the cell alone, so that no number of copies averages out to
        the true position and a move within the cell changes nothing.
        """
        x, y = [], []
        for camera_id in camera_ids:
            u, v = _fractions(key, camera_id, self, cell)
            x.append(self.origin[0] + (cell.i + _MARGIN + (1 - 2 * _MARGIN) * u) * cell.size_m)
            y.append(self.origin[1] + (cell.j + _MARGIN + (1 - 2 * _MARGIN) * v) * cell.size_m)
        _, to_degrees = _transformers(self.srid)
        lon, lat = to_degrees.transform(np.asarray(x), np.asarray(y))
        return [(round(float(a), DECIMALS), round(float(b), DECIMALS)) for a, b in zip(lon, lat, strict=True)]


def smallest_cell(candidates: Sequence[Cell], addresses_in: Callable[[Cell], int]) -> Cell | None:
    """Return the first (smallest) of `candidates` that holds at least 20 addresses, or None."""
    return next((cell for cell in candidates if addresses_in(cell) >= REQUIRED_ADDRESSES), None)


def _fractions(key: bytes, camera_id: str, grid: Grid, cell: Cell) -> tuple[float, float]:
    """Return u and v, each in [0, 1), from HMAC-SHA256(key, camera_id | cell)."""
    message = f"{camera_id}|{grid.srid}|{grid.origin[0]}|{grid.origin[1]}|{cell.size_m}|{cell.i}|{cell.j}"
    digest = hmac.digest(key, message.encode("ascii"), "sha256")
    # 53 bits are what a float holds exactly.
    u, v = (int.from_bytes(part, "big") >> 11 for part in (digest[:8], digest[8:16]))
    return u / 2**53, v / 2**53


@lru_cache(maxsize=64)
def _transformers(srid: int) -> tuple[Transformer, Transformer]:
    advice = "Choose a projected coordinate system in metres, such as the UTM zone of the agency's area."
    try:
        crs = CRS.from_epsg(srid)
    except CRSError as error:
        raise GridError(f"EPSG:{srid} is not known. {advice}") from error
    if not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info):
        raise GridError(f"EPSG:{srid} cannot carry the grid. {advice}")
    return (
        Transformer.from_crs("EPSG:4326", crs, always_xy=True),
        Transformer.from_crs(crs, "EPSG:4326", always_xy=True),
    )


def check_grid(srid: int) -> None:
    """Raise GridError unless `srid` is the EPSG code of a projected CRS in metres."""
    _transformers(srid)
