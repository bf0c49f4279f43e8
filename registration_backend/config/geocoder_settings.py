"""Says which searches find addresses: the loaded register, and after it a geocoder where the environment names one."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

REGISTER = "disclosure.address_search.RegisterSearch"
GEOCODERS = {
    "census": ("registrations.geocoders.CensusGeocoder", "https://geocoding.geo.census.gov"),
    "nominatim": ("registrations.geocoders.NominatimGeocoder", "https://nominatim.openstreetmap.org"),
}
_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


def address_searches(environment: Mapping[str, str]) -> tuple[list[str], str]:
    """Return the classes that search, in order, and the address of the geocoder's server, blank for none.

    No geocoder by default: the address that a registrant types would be sent to another organisation. Raises
    ImproperlyConfigured for an unknown name, or an address over which what is typed could be read on the way.
    """
    name = environment.get("CAMERA_REGISTRY_GEOCODER", "").strip().lower()
    address = environment.get("CAMERA_REGISTRY_GEOCODER_URL", "").strip()
    if not name:
        if address:
            raise ImproperlyConfigured(
                "CAMERA_REGISTRY_GEOCODER_URL is set and CAMERA_REGISTRY_GEOCODER is not. "
                f"Set it to one of: {', '.join(GEOCODERS)}."
            )
        return [REGISTER], ""
    if name not in GEOCODERS:
        raise ImproperlyConfigured(f"CAMERA_REGISTRY_GEOCODER must be one of: {', '.join(GEOCODERS)}. Unset: none.")
    search, usual = GEOCODERS[name]
    return [REGISTER, search], _checked(address or usual)


def _checked(address: str) -> str:
    try:
        parts = urlsplit(address)
        host, unsuitable = parts.hostname, parts.port == 0 or "@" in parts.netloc or bool(parts.query or parts.fragment)
    except ValueError:
        host, unsuitable = None, True
    safe = address.startswith("https://") or (address.startswith("http://") and host in _THIS_MACHINE)
    if unsuitable or not host or not safe:
        raise ImproperlyConfigured(
            "CAMERA_REGISTRY_GEOCODER_URL must look like https://geocoder.example.org or "
            "https://geocoder.example.org/path; http only for a server on this machine."
        )
    return address.rstrip("/")
