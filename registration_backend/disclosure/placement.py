"""Chooses the cell in which a registration is hidden, from the address register's counts."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from typing import NamedTuple, TypeVar

from django.conf import settings
from django.db.models import F

from disclosure.generalise import REQUIRED_ADDRESSES, Cell, Grid, smallest_cell
from disclosure.models import Address, AddressCount
from registrations.models import Agency

Key = TypeVar("Key", bound=Hashable)
Site = tuple[float, float]  # longitude, latitude, EPSG:4326 degrees

# How far from a site a municipality is looked for, in metres, nearest first.
_NEIGHBOURHOODS_M = (2_000.0, 20_000.0, 100_000.0)
_NAMES_AT_ONCE = 2_000  # cells asked for in one statement


class Place(NamedTuple):
    """The cell of a registration and the kinds of premises that do not stand out in it."""

    cell: Cell
    fine_premises: frozenset[str]


def grid_of(agency: Agency) -> Grid:
    """Return the agency's grid."""
    return Grid(agency.grid_srid)


def shown_points(agency: Agency, camera_ids: list[str], cell: Cell) -> list[tuple[float, float]]:
    """Return the published longitude and latitude of cameras that are hidden in `cell`."""
    return grid_of(agency).shown_points(settings.SECRETS.position_key, camera_ids, cell)


def places(agency: Agency, sites: Mapping[Key, Site]) -> dict[Key, Place | None]:
    """Return the place of each site: the smallest cell that holds 20 addresses, or None where none does."""
    if not sites:
        return {}
    x, y = grid_of(agency).project([lon for lon, _ in sites.values()], [lat for _, lat in sites.values()])
    candidates = {key: grid_of(agency).candidates(float(a), float(b)) for key, a, b in zip(sites, x, y, strict=True)}
    counts = _counts(agency, {cell for cells in candidates.values() for cell in cells})
    found: dict[Key, Place | None] = {}
    for key, cells in candidates.items():
        cell = smallest_cell(cells, lambda one: counts[one].total())
        found[key] = cell and Place(
            cell, frozenset(kind for kind, n in counts[cell].items() if n >= REQUIRED_ADDRESSES)
        )
    return found


def nearest_municipality(agency: Agency, site: Site) -> str:
    """Return the municipality of the register's address nearest to `site`, or "" when there is none near it."""
    x, y = (float(value[0]) for value in grid_of(agency).project([site[0]], [site[1]]))
    # Without a register, which every site of a first import meets, three searches would end in nothing.
    if not (math.isfinite(x) and math.isfinite(y)) or not Address.objects.filter(agency=agency).exists():
        return ""
    for reach in _NEIGHBOURHOODS_M:
        nearest = (
            Address.objects.filter(agency=agency, x__range=(x - reach, x + reach), y__range=(y - reach, y + reach))
            .order_by((F("x") - x) * (F("x") - x) + (F("y") - y) * (F("y") - y), "municipality")
            .values_list("municipality", flat=True)
            .first()
        )
        if nearest is not None:
            return nearest
    return ""


def _counts(agency: Agency, cells: set[Cell]) -> Mapping[Cell, Counter[str]]:
    """Return the addresses of each kind in each of `cells`."""
    counts: defaultdict[Cell, Counter[str]] = defaultdict(Counter)
    by_name = {str(cell): cell for cell in cells}
    names = list(by_name)
    for start in range(0, len(names), _NAMES_AT_ONCE):
        found = AddressCount.objects.filter(agency=agency, cell__in=names[start : start + _NAMES_AT_ONCE])
        for name, premises, n in found.values_list("cell", "premises", "n"):
            counts[by_name[name]][premises] += n
    return counts
