"""The plugin's own redaction: applied to every record before it touches a disk, whatever the source did."""

from __future__ import annotations

import math

from .fields import COARSE_PREMISES_OF, POSITION_OF

ANALYST = "analyst"
INVESTIGATOR = "investigator"
ROLES_THAT_READ = (ANALYST, INVESTIGATOR)

_PREMISES = POSITION_OF["premises"]
_DIRECTION = POSITION_OF["direction_deg"]
_DATES = (POSITION_OF["confirmed_on"], POSITION_OF["updated_on"])


def octant(direction_deg: float) -> float:
    """Return the nearest of 0, 45, ... 315 degrees; halves go clockwise, 337.5 and above is 0."""
    return float(math.floor(direction_deg / 45.0 + 0.5) % 8 * 45)


def first_of_month(date: str) -> str:
    """Return the first day of the month of an ISO date ("2026-11-22" -> "2026-11-01")."""
    return f"{date[:7]}-01"


def redact_for_analyst(values: list[object], fine_premises_allowed: bool) -> list[object]:
    """Coarsen the values of one record, in the order of FIELDS, in place, and return them.

    Directions become octants and dates the first of their month. The premises stays as it came only when
    `fine_premises_allowed`: this project's backend counts addresses of a kind before it sends one, no other source
    does.
    """
    if not fine_premises_allowed:
        values[_PREMISES] = COARSE_PREMISES_OF[str(values[_PREMISES])]
    direction: object | None = values[_DIRECTION]
    if isinstance(direction, float):
        values[_DIRECTION] = octant(direction)
    for place in _DATES:
        date = values[place]
        if isinstance(date, str):
            values[place] = first_of_month(date)
    return values
