"""Looks ahead: what the yearly round will take off the map and delete until a day, if it runs daily and nobody answers.

It asks the rules of `registrations.lifecycle` themselves about days to come, so that it foretells what they do.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from registrations import lifecycle
from registrations.models import Agency


class Ahead(NamedTuple):
    """How many registrations will have left the map, and will have been deleted, by the end of `day`."""

    day: date
    off_the_map: int
    deleted: int
    deleted_unconfirmed: int


def ahead(agency: Agency, today: date, day: date) -> Ahead:
    """Count what a run a day from `today` to `day` moves; people without e-mail are reminded by nobody meanwhile."""
    return Ahead(
        day,
        _suspended(agency, today, day),
        _purged(agency, today, day),
        lifecycle.to_purge_unconfirmed(agency, day).count(),
    )


def _suspended(agency: Agency, today: date, day: date) -> int:
    """Count what was reminded already, and what will be reminded by e-mail early enough."""
    count = lifecycle.to_suspend(agency, day).count()
    reminded_by = day - timedelta(days=agency.suspend_after_days)
    if reminded_by >= today:
        count += lifecycle.to_remind(agency, reminded_by).filter(lifecycle.with_email()).count()
    return count


def _purged(agency: Agency, today: date, day: date) -> int:
    if agency.purge_after_days is None:
        return 0
    count = lifecycle.to_purge(agency, day).count()
    off_by = day - timedelta(days=agency.purge_after_days)
    if off_by >= today:
        leaving = lifecycle.to_suspend(agency, off_by)
        count += (leaving if agency.purge_without_email else leaving.filter(lifecycle.with_email())).count()
    reminded_by = off_by - timedelta(days=agency.suspend_after_days)
    if reminded_by >= today:
        count += lifecycle.to_remind(agency, reminded_by).filter(lifecycle.with_email()).count()
    return count
