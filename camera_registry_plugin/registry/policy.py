"""What the registry allows this reader: role, position precision, lease, and whether anything may lie on a disk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import BadResponse
from .redaction import ROLES_THAT_READ

AGENCY_CODE = re.compile(r"[A-Z0-9_-]{2,16}").fullmatch
GENERALISED = "generalised"
EXACT = "exact"
MOST_WITHHELD = 1e9
LONGEST_LEASE_HOURS = 24.0 * 31


@dataclass(frozen=True)
class Grid:
    """The grid of generalised positions: `crs` such as EPSG:3067, `origin` and `sizes_m` in its metres."""

    crs: str
    origin: tuple[float, float]
    sizes_m: tuple[int, ...]


@dataclass(frozen=True)
class Policy:
    """The reader's rights as `/registry/policy` states them; `lease_hours` counts from the last contact.

    `withheld` counts the cameras that this reader is not shown at all, since too few addresses surround them. The
    registry counts them by municipality; the names are free text from outside, and are not kept.
    """

    role: str
    position: str
    grid: Grid | None
    lease_hours: float
    cache_on_disk: bool
    save_exports: bool
    agency: str
    withheld: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the policy in the wire's form, as a snapshot stores it."""
        grid = self.grid and {
            "crs": self.grid.crs,
            "origin": list(self.grid.origin),
            "sizes_m": list(self.grid.sizes_m),
        }
        return {
            "role": self.role,
            "agency": self.agency,
            "position": self.position,
            "grid": grid,
            "lease_hours": self.lease_hours,
            "cache_on_disk": self.cache_on_disk,
            "save_exports": self.save_exports,
            "not_published": {"all": self.withheld} if self.withheld else {},
        }


def read_policy(data: Mapping[str, Any]) -> Policy:
    """Return the policy that a registry sent; raise BadResponse when it is not one."""
    try:
        policy = Policy(
            role=_one_of(data["role"], ROLES_THAT_READ),
            agency=_agency(data["agency"]),
            withheld=sum(int(_number(count, MOST_WITHHELD)) for count in data.get("not_published", {}).values()),
            position=_one_of(data["position"], (GENERALISED, EXACT)),
            grid=_read_grid(data.get("grid")),
            lease_hours=_number(data["lease_hours"], LONGEST_LEASE_HOURS),
            cache_on_disk=_flag(data["cache_on_disk"]),
            save_exports=_flag(data["save_exports"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadResponse(
            "The registry's policy cannot be read. Check that the address is that of a camera registry.",
            f"policy: {type(error).__name__}",
        ) from None
    return policy


def _read_grid(data: Any) -> Grid | None:
    if data is None:
        return None
    authority, code = str(data["crs"]).split(":")
    if authority != "EPSG" or not code.isdigit():
        raise ValueError("crs")
    easting, northing = (_number(value, 1e8, lowest=-1e8) for value in data["origin"])
    sizes = tuple(int(_number(size, 100_000.0, lowest=1.0)) for size in data["sizes_m"])
    return Grid(f"EPSG:{int(code)}", (easting, northing), sizes)


def _agency(value: Any) -> str:
    if not isinstance(value, str) or AGENCY_CODE(value) is None:
        raise ValueError("agency")
    return value


def _one_of(value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError("unknown word")
    return str(value)


def _number(value: Any, highest: float, lowest: float = 0.0) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError("number")
    if not lowest <= value <= highest:  # NaN is not either
        raise ValueError("out of range")
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("flag")
    return value
