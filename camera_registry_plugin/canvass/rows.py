"""The list of cameras around an incident in words: one row a camera, nothing that pretends to know more."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from camera_registry_plugin.registry.fields import PREMISES, UNKNOWN
from camera_registry_plugin.registry.retention import overwrite_deadline

HOURS_A_DAY = 24
FEET_A_METRE = 1 / 0.3048

UNKNOWN_RETENTION = "unknown, ask first"
LIVE_ONLY = "live only: no footage"
BEARING_NAMES = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


class Found(NamedTuple):
    """One camera that the search found: its row in the layer, rank, distances in metres, bearing in degrees.

    NaN stands for what is not known.
    """

    camera: int
    rank: int
    distance_m: float
    bearing_deg: float
    distance_min_m: float
    distance_max_m: float


@dataclass(frozen=True)
class ListRow:
    """One line of the list; distances in metres, bearing in degrees, None where not known."""

    rank: int
    feature_id: int
    camera_id: str
    distance_m: float | None
    bearing_deg: float | None
    distance_min_m: float
    distance_max_m: float
    premises: str
    retention: str
    deadline: datetime | None = None

    @property
    def is_generalised(self) -> bool:
        """Whether only the cell is known that the camera is somewhere in."""
        return self.distance_m is None


def build_rows(
    found: Iterable[Found],
    attributes: Mapping[int, Mapping[str, Any]],
    feature_ids: Mapping[int, int],
    incident_start: datetime | None = None,
) -> list[ListRow]:
    """Return the list in the order of the ranks.

    `attributes` and `feature_ids` are keyed by the camera's row; `incident_start` is an aware datetime, with
    which the overwrite deadline is known where the retention is.
    """
    rows = []
    for item in sorted(found, key=lambda one: one.rank):
        values = attributes[item.camera]
        hours = retention_hours(values)
        deadline = None
        if incident_start is not None and values.get("recording") != "live_only":
            deadline = overwrite_deadline(incident_start, hours)
        rows.append(
            ListRow(
                rank=item.rank,
                feature_id=feature_ids[item.camera],
                camera_id=str(values.get("camera_id") or ""),
                distance_m=_known(item.distance_m),
                bearing_deg=_known(item.bearing_deg),
                distance_min_m=item.distance_min_m,
                distance_max_m=item.distance_max_m,
                premises=PREMISES.get(str(values.get("premises")), "Unknown"),
                retention=retention_words(values),
                deadline=deadline,
            )
        )
    return rows


def retention_hours(values: Mapping[str, Any]) -> float | None:
    """Return how long footage is kept, in hours, or None where that is not known."""
    try:
        hours = float(values["retention_hours"])
    except (KeyError, TypeError, ValueError):
        return None
    return hours if math.isfinite(hours) and hours >= 0 else None


def retention_words(values: Mapping[str, Any]) -> str:
    """Return how long footage is kept: '30 days', '36 hours', 'unknown, ask first', 'live only: no footage'."""
    if values.get("recording", UNKNOWN) == "live_only":
        return LIVE_ONLY
    hours = retention_hours(values)
    if hours is None:
        return UNKNOWN_RETENTION
    if hours >= 2 * HOURS_A_DAY and hours % HOURS_A_DAY == 0:
        return f"{hours / HOURS_A_DAY:.0f} days"
    return "1 hour" if hours == 1 else f"{hours:g} hours"


def distance_words(row: ListRow, in_feet: bool = False) -> str:
    """Return '84 m', or 'may be within, 120–640 m' for a generalised row."""
    unit, factor = ("ft", FEET_A_METRE) if in_feet else ("m", 1.0)
    if row.distance_m is not None:
        return f"{row.distance_m * factor:,.0f} {unit}"
    # Bounds stay bounds in feet: down and up.
    least, greatest = math.floor(row.distance_min_m * factor), math.ceil(row.distance_max_m * factor)
    return f"may be within, {least:,}\N{EN DASH}{greatest:,} {unit}"


def bearing_words(row: ListRow) -> str:
    """Return '52° NE', or nothing where there is no bearing."""
    if row.bearing_deg is None:
        return ""
    degrees = round(row.bearing_deg) % 360
    return f"{degrees}° {BEARING_NAMES[int((degrees + 22.5) // 45) % 8]}"


def headline(rows: list[ListRow], radius: str, place: str) -> str:
    """Return '12 cameras within 150 m of ..., 3 more may be within', `radius` being words such as '150 m'."""
    may = sum(row.is_generalised for row in rows)
    exact = len(rows) - may
    cameras = f"{exact:,} camera{'' if exact == 1 else 's'}"
    if not may:
        return f"{cameras} within {radius} of {place}"
    if not exact:
        return f"{may:,} camera{'' if may == 1 else 's'} may be within {radius} of {place}"
    return f"{cameras} within {radius} of {place}, {may:,} more may be"


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
