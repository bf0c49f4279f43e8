"""A list of cameras as CSV text that no spreadsheet runs as a formula and that says how old it is."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import datetime

from .rows import ListRow

FRESHNESS = "Registrations may have been withdrawn: sync before contacting."

HEADER = (
    "rank",
    "camera_id",
    "distance_m",
    "bearing_deg",
    "distance_min_m",
    "distance_max_m",
    "premises",
    "footage_kept",
    "overwrite_deadline_utc",
)

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def safe_cell(value: object) -> str:
    """Return a value as text that a spreadsheet takes for text or a number, never for a formula.

    A cell that begins like a formula gets an apostrophe before it; a negative number stays a number.
    """
    text = "" if value is None else str(value)
    if _NUMBER.fullmatch(text):
        return text
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_FORMULA_STARTS) else text


def list_as_csv(rows: Sequence[ListRow], headline: str, snapshot_date: datetime | None) -> str:
    """Return the list as CSV text: what it shows, the snapshot's date (aware), the warning, header, rows."""
    date = "unknown" if snapshot_date is None else f"{snapshot_date:%Y-%m-%d %H:%M %Z}".strip()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([safe_cell(headline)])
    writer.writerow([safe_cell(f"Snapshot of {date}. {FRESHNESS}")])
    writer.writerow(HEADER)
    for row in rows:
        writer.writerow([safe_cell(value) for value in _values(row)])
    return text.getvalue()


def _values(row: ListRow) -> tuple[object, ...]:
    return (
        row.rank,
        row.camera_id,
        _decimal(row.distance_m),
        _decimal(row.bearing_deg),
        _decimal(row.distance_min_m),
        _decimal(row.distance_max_m),
        row.premises,
        row.retention,
        None if row.deadline is None else f"{row.deadline:%Y-%m-%d %H:%M}",
    )


def _decimal(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f}"
