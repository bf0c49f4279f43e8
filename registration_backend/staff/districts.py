"""Says in which district of the council's report a registration lies; for now, in which municipality."""

from __future__ import annotations

from disclosure.models import Address
from disclosure.placement import nearest_municipality
from registrations.models import Agency, Registration

NOT_PLACED = ""  # the district of registrations that wait for a pin, or lie far from every address of the register


def district_of(registration: Registration) -> str:
    """Return the district of `registration`: the municipality of the nearest address; NOT_PLACED where none is near."""
    site = registration.site
    return NOT_PLACED if site is None else nearest_municipality(registration.agency, (site.x, site.y))


def districts_of(agency: Agency) -> set[str]:
    """Return every district that `agency` has, also those without registrations, so that none stands out by absence."""
    return {NOT_PLACED, *Address.objects.filter(agency=agency).values_list("municipality", flat=True).distinct()}
