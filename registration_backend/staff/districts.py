"""Says in which district of the council's report a registration lies: a part of the agency's area, else a town."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable

from disclosure.models import Address
from disclosure.placement import grid_of, nearest_municipality
from registrations import jurisdictions
from registrations.models import Agency, Registration

NOT_PLACED = ""  # the district of registrations that wait for a pin, or lie far from every address of the register
_CELL_M = 250


def district_finder(agency: Agency) -> Callable[[Registration], str]:
    """Return what finds the district of a registration of `agency`; it reads the address register once.

    Where the agency's area was loaded, the district is the part of it that the site lies in. Else it is the
    municipality of most addresses in the site's cell of 250 m, of the nearest address where that cell has none, and
    NOT_PLACED where none is near. Asking for the nearest each time takes 0.1 s a registration.
    """
    if agency.jurisdictions.exists():
        return jurisdictions.district_of
    grid = grid_of(agency)
    addresses = Address.objects.filter(agency=agency, x__isnull=False).values_list("x", "y", "municipality")
    found: defaultdict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    for x, y, municipality in addresses.iterator():
        found[int(x // _CELL_M), int(y // _CELL_M)][municipality] += 1
    # Of equally many the first by name, so that the answer does not hang on the order of the rows.
    of_cell = {cell: min(names, key=lambda name: (-names[name], name)) for cell, names in found.items()}

    def district_of(registration: Registration) -> str:
        if registration.site is None:
            return NOT_PLACED
        site = (registration.site.x, registration.site.y)
        x, y = (float(value[0]) for value in grid.project([site[0]], [site[1]]))
        # Beyond the grid the quotient is infinite or NaN, which is no cell's.
        return of_cell.get((x // _CELL_M, y // _CELL_M)) or nearest_municipality(agency, site)

    return district_of


def districts_of(agency: Agency) -> set[str]:
    """Return every district that `agency` has, also those without registrations, so that none stands out by absence."""
    parts = set(agency.jurisdictions.values_list("name", flat=True))
    if parts:
        return {NOT_PLACED, *parts}
    return {NOT_PLACED, *Address.objects.filter(agency=agency).values_list("municipality", flat=True).distinct()}
