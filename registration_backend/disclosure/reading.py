"""What a reader's role means in an agency: exact or generalised positions, and the view its cursors are bound to."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Any

from django.conf import settings

from disclosure.generalise import CELL_SIZES_M, REQUIRED_ADDRESSES
from disclosure.models import Role
from disclosure.placement import grid_of
from registrations.enumerations import AnalystPosition
from registrations.models import Agency

ROLES_THAT_READ = (Role.ANALYST.value, Role.INVESTIGATOR.value)


def position_of(agency: Agency, role: str) -> str:
    """Return "exact" or "generalised": how `role` sees positions in `agency`."""
    return AnalystPosition.EXACT.value if role == Role.INVESTIGATOR else str(agency.analyst_position)


def is_generalised(agency: Agency, role: str) -> bool:
    """Say whether `role` sees cells instead of positions in `agency`."""
    return position_of(agency, role) != AnalystPosition.EXACT


def grid_member(agency: Agency, role: str) -> dict[str, Any] | None:
    """Return the grid as the policy states it, or None for a reader of exact positions."""
    if not is_generalised(agency, role):
        return None
    grid = grid_of(agency)
    return {"crs": f"EPSG:{grid.srid}", "origin": list(grid.origin), "sizes_m": list(CELL_SIZES_M)}


def view_of(agency: Agency, role: str) -> str:
    """Return a fingerprint of everything that decides how `role` sees a camera of `agency`.

    Two different views never share a cursor or a stored document.
    """
    # The key itself must not be guessable from the fingerprint.
    key_version = hmac.digest(settings.SECRETS.position_key, b"version", "sha256").hex()
    grid = grid_of(agency)
    rules: list[Any] = [role, agency.code, position_of(agency, role)]
    if role == Role.ANALYST:  # its premises depend on the cell even where its positions are exact
        rules += [grid.srid, *grid.origin, *CELL_SIZES_M, REQUIRED_ADDRESSES, key_version]
    return sha256("|".join(str(rule) for rule in rules).encode("utf-8")).hexdigest()
