"""When footage of an incident is overwritten."""

from __future__ import annotations

from datetime import datetime, timedelta


def overwrite_deadline(start: datetime, retention_hours: float | None) -> datetime | None:
    """Return when the first minute of the wanted window is lost: its start plus the retention.

    `start` is an aware datetime (UTC); `retention_hours` in hours. None where the retention is unknown: such a
    camera is urgent, not safe.
    """
    return None if retention_hours is None else start + timedelta(hours=retention_hours)


def all_gone(end: datetime, retention_hours: float | None) -> datetime | None:
    """Return when the last minute of the wanted window is lost: its end plus the retention (see above)."""
    return overwrite_deadline(end, retention_hours)
