"""Counts registrations per grid cell for everyone to see, once a month, so that nobody is found by subtracting.

What an attacker may hold: every month ever published, the download of it, this code, the council's report, knowledge of
who else in a cell is registered, and registrations of their own. What they want: whether one house is registered. So:

- *One grid.* Only cells of one size are ever shown, of one coordinate system: overlapping cells could be subtracted
  from each other. An agency that changes its grid keeps, for this page, the one that its first month was counted in.
- *No totals*: not for a row, a municipality, an agency or the backend. Two agencies in one cell are counted apart, from
  registrations that have nothing in common, so that neither says anything of the other.
- *At least 5*, of at least 5 different registrants: a chain with five shops in a cell is one registrant. And only among
  at least 20 addresses, the rule of every generalised position: "5 or more" of six farms would name nearly all six.
- *Steps of 5.* Only multiples of 5 are shown, never the count: nearly every single registration or withdrawal leaves
  the page as it was.
- *A secret threshold.* Where a step would lie at 5, 10, 15, who knows nine of a cell's registrants, or adds their own
  one by one, would see by the step that exactly one other exists, or that exactly one left. Each cell's steps are moved
  up by 0 to 4, by a keyed hash: the number shown is still true ("at least"), but a step no longer says at which count
  it was taken. The offset never changes, so that a long series of months averages to nothing better.
- *Once a month, for good.* A month is counted once, in that month, and never again: two versions of a month, one before
  and one after a withdrawal, do not exist. Only the newest month is shown, and only what is shown is stored.

What is left: that a number changed says that at least one registration did in an area of a square kilometre, and "at
least 10" tells somebody who knows nine of them that there is another. Both hold for any true statement of this kind.
"""

from __future__ import annotations

import hmac
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

import numpy as np
from django.conf import settings
from django.db import transaction

from disclosure.generalise import REQUIRED_ADDRESSES, Cell, Grid
from disclosure.models import Address, CountedMonth, PublicCount
from disclosure.redaction import first_of_month
from registrations.models import Agency, Registration

CELL_SIZE_M = 1000
STEP = 5  # the smallest number shown, and the distance between two numbers


class Counted(NamedTuple):
    """One registration as it is counted: where, and a keyed hash that several of one registrant share."""

    longitude: float
    latitude: float
    registrant: str


def count_month(agency: Agency, today: date) -> CountedMonth | None:
    """Count the month of `today` for the public and return it, or None where it was counted before.

    Raises disclosure.generalise.GridError when the agency's grid is not in metres.
    """
    month = first_of_month(today)
    known = CountedMonth.objects.filter(agency=agency).order_by("month")
    if known.filter(month=month).exists():
        return None
    first = known.first()
    grid = Grid(first.grid_srid if first else agency.grid_srid)
    shown = shown_counts(agency.code, grid, counted_registrations(agency))
    streets = _streets(agency, grid, set(shown))
    # Counted before the transaction: on SpatiaLite nobody could register while it lasts. The agency's row is locked,
    # so that of two runs at one time only one publishes.
    with transaction.atomic():
        Agency.objects.select_for_update().get(pk=agency.pk)
        if known.filter(month=month).exists():
            return None
        counted = CountedMonth.objects.create(agency=agency, month=month, grid_srid=grid.srid)
        PublicCount.objects.bulk_create(
            PublicCount(counted=counted, cell=str(cell), n=n, around=streets[cell].name)
            for cell, n in sorted(shown.items())
            if cell in streets and streets[cell].addresses >= REQUIRED_ADDRESSES
        )
    return counted


def counted_registrations(agency: Agency) -> list[Counted]:
    """Return the registrations that count: the published ones, and so none that waits, is suspended or protected."""
    rows = Registration.objects.published().filter(agency=agency)
    return [
        Counted(site.x, site.y, email_lookup or str(pk))
        for pk, site, email_lookup in rows.values_list("pk", "site", "contact__email_lookup")
    ]


def shown_counts(agency_code: str, grid: Grid, registrations: Iterable[Counted]) -> dict[Cell, int]:
    """Return the cells that may be named, were they full of addresses, each with the number that is shown for it."""
    held: defaultdict[Cell, Counter[str]] = defaultdict(Counter)
    kept = list(registrations)
    cells = _cells(grid, [one.longitude for one in kept], [one.latitude for one in kept])
    for one, cell in zip(kept, cells, strict=True):
        if cell is not None:
            held[cell][one.registrant] += 1
    shown = {
        cell: shown_number(registrants.total(), secret_offset(agency_code, grid, cell))
        for cell, registrants in held.items()
        if len(registrants) >= STEP
    }
    return {cell: n for cell, n in shown.items() if n}


def shown_number(count: int, offset: int) -> int:
    """Return the multiple of 5 that is shown for `count`, never above it; 0 where nothing may be shown."""
    return max(0, (count - offset) // STEP * STEP)


def secret_offset(agency_code: str, grid: Grid, cell: Cell) -> int:
    """Return by how much, 0 to 4, the steps of a cell are moved up: for ever the same, known to nobody outside."""
    message = f"public counts|{agency_code}|{grid.srid}|{cell}"
    digest = hmac.digest(settings.SECRETS.position_key, message.encode("ascii"), "sha256")
    return int.from_bytes(digest[:8], "big") % STEP


class _Streets(NamedTuple):
    """How many addresses of the register a cell holds, and the street of most of them."""

    addresses: int
    name: str


def _streets(agency: Agency, grid: Grid, wanted: set[Cell]) -> dict[Cell, _Streets]:
    """Count the register in this grid; the stored counts are of the agency's present grid, which may be another."""
    found: defaultdict[Cell, Counter[tuple[str, str]]] = defaultdict(Counter)
    if not wanted:
        return {}
    rows = list(Address.objects.filter(agency=agency).values_list("longitude", "latitude", "street", "municipality"))
    cells = _cells(grid, [row[0] for row in rows], [row[1] for row in rows])
    for (_, _, street, municipality), cell in zip(rows, cells, strict=True):
        if cell in wanted:
            found[cell][street, municipality] += 1
    # Of equally many the first by name, so that the answer does not hang on the order of the rows.
    best = {cell: min(names, key=lambda name: (-names[name], name)) for cell, names in found.items()}
    return {cell: _Streets(names.total(), ", ".join(best[cell])) for cell, names in found.items()}


def _cells(grid: Grid, longitudes: list[float], latitudes: list[float]) -> list[Cell | None]:
    """Return the cell of each place, None outside the grid's coordinate system."""
    x, y = grid.project(longitudes, latitudes)
    inside = np.isfinite(x) & np.isfinite(y)
    i, j = grid.cells(np.where(inside, x, 0.0), np.where(inside, y, 0.0), CELL_SIZE_M)
    return [
        Cell(CELL_SIZE_M, column, row) if is_inside else None
        for column, row, is_inside in zip(i.tolist(), j.tolist(), inside.tolist(), strict=True)
    ]
