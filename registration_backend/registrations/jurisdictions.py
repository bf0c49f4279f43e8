"""Says which agency is responsible for a place, and which part of its area the place lies in."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.contrib.gis.geos import MultiPolygon, Point
from django.db import connections
from django.db.models import Count, Max, QuerySet
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from registrations.models import Agency, Jurisdiction, Registration
from registrations.positions import LonLat

# Degrees, about 10 m: what a phone's screen shows of a city, in a file of kilobytes.
OUTLINE_TOLERANCE = 0.0001


def responsible(agency: Agency, position: LonLat) -> bool:
    """Say whether `position`, (longitude, latitude) in EPSG:4326, lies in the agency's area or on its edge.

    An agency without polygons is responsible for every place.
    """
    if _around(position).filter(agency=agency).exists():
        return True
    return not Jurisdiction.objects.filter(agency=agency).exists()


def agency_at(position: LonLat) -> Agency | None:
    """Return the agency whose area holds `position`, (longitude, latitude) in EPSG:4326; None where there is none.

    Where areas overlap it is the one with the smallest part there: a city's police before the county's sheriff.
    """
    found = list(_around(position).select_related("agency"))
    return min(found, key=lambda one: (one.area.area, one.pk)).agency if found else None


def district_of(registration: Registration) -> str:
    """Return the name of the part of its agency's area that a registration's site lies in, or "" for none."""
    if registration.site is None:
        return ""
    around = _around((registration.site.x, registration.site.y)).filter(agency=registration.agency_id)
    return around.order_by("name").values_list("name", flat=True).first() or ""


def place_problem(agency: Agency, position: LonLat) -> str:
    """Return in one or two sentences what is wrong with a pin outside the agency's area, or "" where it lies inside."""
    if responsible(agency, position):
        return ""
    longitude, latitude = position
    if abs(longitude) <= 90 and responsible(agency, (latitude, longitude)):
        return _("Latitude and longitude seem to be swapped.")
    outside = _("This place is outside the area of %(agency)s.") % {"agency": agency.name}
    other = agency_at(position)
    if other is None:
        return outside + " " + _("Set the pin inside the area on the map.")
    return outside + " " + _("It belongs to %(agency)s.") % {"agency": other.name}


def with_way_out(problem: str, position: LonLat, form_id: str) -> str:
    """Return the problem of a pin as HTML, followed by the way to the agency that the place belongs to, if any.

    Where the form has the id `form_id` on its page, that is a button that takes along what was typed; without, a link.
    """
    other = agency_at(position)
    if other is None:
        return problem
    address = f"{reverse('register')}?agency={other.code}"
    if not form_id:
        return format_html('{} <a href="{}">{}</a>', problem, address, _("Register there"))
    return format_html(
        '{} <button class="second" type="submit" name="other_agency" value="1" form="{}" formaction="{}" '
        "formnovalidate>{}</button>",
        problem,
        form_id,
        address,
        _("Register there"),
    )


def area_version(agency: Agency) -> str:
    """Return what changes whenever the agency's polygons do, or "" where it has none."""
    found: dict[str, Any] = Jurisdiction.objects.filter(agency=agency).aggregate(n=Count("pk"), last=Max("pk"))
    return f"{found['last']}-{found['n']}" if found["n"] else ""


def outline(agency: Agency) -> str | None:
    """Return the agency's whole area as simplified GeoJSON geometry, EPSG:4326; None where it has no polygons."""
    version = area_version(agency)
    return _outline(agency.pk, version) if version else None


@lru_cache(maxsize=32)
def _outline(agency_id: int, version: str) -> str:
    polygons = [polygon for one in Jurisdiction.objects.filter(agency=agency_id).order_by("pk") for polygon in one.area]
    whole = MultiPolygon(polygons, srid=4326).unary_union
    return str(whole.simplify(OUTLINE_TOLERANCE, preserve_topology=True).json)


def _around(position: LonLat) -> QuerySet[Jurisdiction]:
    """Return the jurisdictions that hold a position; both databases look into their spatial index first."""
    longitude, latitude = position
    found = Jurisdiction.objects.filter(area__covers=Point(longitude, latitude, srid=4326))
    if connections[found.db].vendor != "sqlite":
        return found
    # SpatiaLite's functions never use its R-tree by themselves.
    table, column = Jurisdiction._meta.db_table, Jurisdiction._meta.get_field("area").column
    candidates = (
        f'SELECT pkid FROM "idx_{table}_{column}" '  # noqa: S608 - names from the model
        "WHERE xmin <= %s AND xmax >= %s AND ymin <= %s AND ymax >= %s"
    )
    return found.filter(pk__in=RawSQL(candidates, (longitude, longitude, latitude, latitude)))  # noqa: S611
