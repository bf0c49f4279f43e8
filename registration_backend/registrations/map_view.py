"""What the map script needs to know about an agency's map; it travels in attributes of the map's element."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from registrations.models import Agency


def map_view(agency: Agency) -> dict[str, Any]:
    """Return the start view (degrees, EPSG:4326), and where streets or tiles come from, if anywhere."""
    has_basemap = (settings.BASEMAP_DIR / f"{agency.code}.geojson").is_file()
    return {
        "longitude": agency.map_longitude,
        "latitude": agency.map_latitude,
        "zoom": agency.map_zoom,
        "tile_url": agency.tile_url,
        "tile_credit": agency.tile_credit,
        "tile_host": urlsplit(agency.tile_url).hostname or "" if agency.tile_url else "",
        "basemap_url": reverse("basemap", args=[agency.code]) if has_basemap and not agency.tile_url else "",
    }
