"""What the map script needs to know about an agency's map; it travels in attributes of the map's element."""

from __future__ import annotations

from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponseBase
from django.urls import reverse

from registrations.jurisdictions import area_version
from registrations.models import Agency

Response = TypeVar("Response", bound=HttpResponseBase)


def map_view(agency: Agency) -> dict[str, Any]:
    """Return the start view (degrees, EPSG:4326), and where streets, tiles or the area's outline come from, if any."""
    version = area_version(agency)
    has_basemap = (settings.BASEMAP_DIR / f"{agency.code}.geojson").is_file()
    return {
        "longitude": agency.map_longitude,
        "latitude": agency.map_latitude,
        "zoom": agency.map_zoom,
        "tile_url": agency.tile_url,
        "tile_credit": agency.tile_credit,
        "tile_host": urlsplit(agency.tile_url).hostname or "" if agency.tile_url else "",
        "basemap_url": reverse("basemap", args=[agency.code]) if has_basemap and not agency.tile_url else "",
        "area_url": f"{reverse('area', args=[agency.code])}?{version}" if version else "",
    }


def allow_tiles(response: Response, agency: Agency) -> Response:
    """Let the page of `response` load pictures from the agency's tile server, where it has one, and from no other."""
    if agency.tile_url:
        tiles = urlsplit(agency.tile_url.replace("{s}.", "*."))
        response._csp_update = {"img-src": [f"{tiles.scheme}://{tiles.netloc}"]}  # type: ignore[attr-defined]
    return response
