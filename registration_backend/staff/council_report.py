"""Turns recorded figures into a report that may be handed to a council, and so to everyone.

A report that is handed out can be held against the one of last month, against the public counts per square, and
against what people know of each other. So every figure is a multiple of 5 that the true one reaches, and what is below
5 is "fewer than 5", zero or not. A total adds up the figures that are shown, nothing else: whoever has those learns
nothing from it. The true total, even rounded down to a multiple of 5, could be subtracted from: of five districts with
4 each it would be 20, which proves all five; and lowered until no single figure follows from it, the totals of
registered and of active together could still pin both down.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

STEP = 5
FEWER = f"fewer than {STEP}"
FEWER_SHORT = f"<{STEP}"
NO_DISTRICT = "Not placed yet"
MEASURES = ("registered", "active", "due")


class Recorded(NamedTuple):
    """The true figures of one district in one month; they are never shown."""

    month: date
    district: str
    registered: int
    active: int
    due: int


class Figures(NamedTuple):
    """Three figures as they may be shown: multiples of 5 at or below the true ones, 0 for fewer than 5."""

    registered: int
    active: int
    due: int

    def words(self, where_none: str = FEWER) -> list[int | str]:
        """Return the three figures as a reader is told them; `where_none` is said for 0."""
        return [figure or where_none for figure in self]


@dataclass(frozen=True)
class Month:
    """One month of the report: the figures of each district, by its name."""

    month: date
    districts: dict[str, Figures]

    @property
    def name(self) -> str:
        """The month as in 2026-11."""
        return f"{self.month:%Y-%m}"

    @property
    def total(self) -> Figures:
        """The sums of what is shown; the true ones are at least as high."""
        return Figures(*(sum(column) for column in zip(*self.districts.values(), strict=True)))


@dataclass(frozen=True)
class CouncilReport:
    """The whole report: the months in order, and the names of all districts in it, those without a place last."""

    months: list[Month]
    districts: list[str]


def council_report(recorded: Iterable[Recorded]) -> CouncilReport:
    """Return what may be shown of `recorded`, one row a month and district, in any order."""
    rows = sorted(recorded, key=lambda row: (row.month, row.district == "", row.district.casefold(), row.district))
    months = [
        Month(month, {name_of(row.district): _figures(row) for row in of_month})
        for month, of_month in groupby(rows, key=lambda row: row.month)
    ]
    names = dict.fromkeys(
        name_of(district)
        for district in sorted({row.district for row in rows}, key=lambda one: (one == "", one.casefold(), one))
    )
    return CouncilReport(months, list(names))


def name_of(district: str) -> str:
    """Return the name of a district as it is shown."""
    return district or NO_DISTRICT


def shown(count: int) -> int:
    """Return the multiple of 5 at or below `count`."""
    return count // STEP * STEP


def _figures(row: Recorded) -> Figures:
    return Figures(*(shown(getattr(row, measure)) for measure in MEASURES))
