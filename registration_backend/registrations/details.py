"""What is known of a site, its cameras and a consent before it is stored, and the refusal of what cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from registrations.positions import LonLat


class NotAllowed(Exception):
    """The change cannot be made; the message says why and what to do."""


@dataclass(frozen=True)
class CameraDetails:
    """What is known of one camera; degrees clockwise from north, metres, hours. None is unknown."""

    mount: str | None = None
    camera_type: str | None = None
    area_viewed: tuple[str, ...] = ()
    direction_deg: float | None = None
    field_of_view_deg: float | None = None
    range_m: float | None = None
    retention_hours: float | None = None
    recording: str = "unknown"
    resolution: str = "unknown"
    night_vision: str = "unknown"
    audio: str = "unknown"
    # (longitude, latitude) in EPSG:4326 where a camera is not at its registration's site.
    position: LonLat | None = None
    position_source: str | None = None


@dataclass(frozen=True)
class SiteDetails:
    """What is known of a site. `position` is (longitude, latitude) in EPSG:4326, or None until staff place it."""

    premises: str = "other"
    position: LonLat | None = None
    position_source: str | None = None


@dataclass(frozen=True)
class Consent:
    """Which wording the registrant agreed to, and when."""

    version: str
    given_at: datetime
