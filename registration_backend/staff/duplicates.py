"""Finds other registrations at the same address or within 15 m, by keyed hashes and pins, without any contact."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.gis.geos import Polygon
from django.db.models import F, Q, QuerySet
from pyproj import Geod

from registrations.models import Agency, Registration
from registrations.positions import LonLat

NEAR_M = 15.0
_DEGREES_PER_METRE = 1 / 110_000  # of latitude, and a little more than there are: the box only preselects
_SMALLEST_COSINE = 0.01  # nobody registers a camera nearer to a pole
_GEOD = Geod(ellps="WGS84")


@dataclass(frozen=True)
class Duplicate:
    """Another registration that may be the same place; `metres` between the pins where they are within 15 m."""

    registration: Registration
    same_address: bool
    metres: float | None

    def why(self) -> str:
        """Return in words what the two have in common."""
        reasons = ["same address"] if self.same_address else []
        if self.metres is not None:
            reasons.append("same pin" if self.metres < 0.5 else f"{self.metres:.0f} m away")
        return ", ".join(reasons)


@dataclass(frozen=True)
class _Place:
    registration: Registration
    lookup: str
    site: LonLat | None


def duplicates(registrations: Iterable[Registration], agencies: QuerySet[Agency]) -> dict[UUID, list[Duplicate]]:
    """Return the other registrations of `agencies` at the places of some of theirs, oldest first.

    Two queries, however many are asked for.
    """
    pool = Registration.objects.filter(agency__in=agencies).annotate(lookup=F("contact__address_lookup"))
    asked = _places(pool.filter(pk__in=[one.pk for one in registrations]))
    near = Q(pk__in=[])
    for site in {one.site for one in asked if one.site}:
        near |= Q(site__bboverlaps=_box(site))
    same_address = Q(contact__address_lookup__in={one.lookup for one in asked if one.lookup})
    # SpatiaLite answers -1 for a missing geometry, which counts as true.
    others = _places(pool.filter(same_address | Q(near, site__isnull=False)).order_by("created_at", "pk"))
    return {
        one.registration.pk: [pair for other in others if (pair := _compared(one, other)) is not None] for one in asked
    }


def _places(rows: Iterable[Registration]) -> list[_Place]:
    return [_Place(row, row.lookup or "", row.site and (row.site.x, row.site.y)) for row in rows]  # type: ignore[attr-defined]


def _compared(one: _Place, other: _Place) -> Duplicate | None:
    if other.registration.pk == one.registration.pk:
        return None
    same_address = bool(one.lookup) and one.lookup == other.lookup
    metres = _metres(one.site, other.site) if one.site and other.site else None
    return Duplicate(other.registration, same_address, metres) if same_address or metres is not None else None


def _metres(one: LonLat, other: LonLat) -> float | None:
    """Return the distance of two places that are within 15 m of each other."""
    east, north = _reach(one[1])
    if abs(one[0] - other[0]) > east or abs(one[1] - other[1]) > north:
        return None  # far cheaper than a geodesic, and true of nearly all
    metres = float(_GEOD.inv(*one, *other)[2])
    return metres if metres <= NEAR_M else None


def _reach(latitude: float) -> tuple[float, float]:
    """Return at least 15 m in degrees of longitude and of latitude."""
    north = NEAR_M * _DEGREES_PER_METRE
    return north / max(math.cos(math.radians(latitude)), _SMALLEST_COSINE), north


def _box(site: LonLat) -> Polygon:
    east, north = _reach(site[1])
    box = Polygon.from_bbox((site[0] - east, site[1] - north, site[0] + east, site[1] + north))
    box.srid = 4326
    return box
