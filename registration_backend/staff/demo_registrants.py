"""Invents the demo's registrants: synthetic, seeded, and recognisable as such at a glance."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone

from registrations.contacts import ContactDetails
from registrations.enumerations import AreaViewed, CameraType, Mount, PositionSource, Recording, Resolution
from registrations.positions import LonLat
from registrations.services import CameraDetails, Consent, SiteDetails

SEED = 20_260_201
REGISTRATIONS = 120
CONSENT_VERSION = "demo"
HOMES = ("residence", "apartment")
# Hours; what doorbells, small shops and supermarkets keep.
RETENTIONS = (24, 48, 48, 72, 72, 168, 336, 672, 720, 720, 744, 1440, 2160)
METRES_PER_DEGREE = 111_195.0  # of latitude; enough to put a demo camera on the right side of a house


@dataclass(frozen=True)
class DemoSite:
    """One invented registration; `published` is False for the one that waits for staff."""

    site: SiteDetails
    contact: ContactDetails
    cameras: list[CameraDetails]
    consent: Consent
    confirmed_on: date
    published: bool


@dataclass(frozen=True)
class Place:
    """An address that a demo registrant may live at; position is (longitude, latitude), EPSG:4326."""

    address: str
    premises: str
    position: LonLat


def scattered_places(centre: LonLat, count: int = 400) -> list[Place]:
    """Return made-up places within some 500 m of `centre`, for a demo without an address register."""
    chance = random.Random(SEED)  # noqa: S311 - demo data, the same at every run
    places = []
    for number in range(1, count + 1):
        away, bearing = 500 * math.sqrt(chance.random()), chance.uniform(0, 360)
        premises = chance.choices(("apartment", "residence", "business", "other"), (5, 2, 4, 1))[0]
        places.append(Place(f"Example street {number}", premises, shifted(centre, away, bearing)))
    return places


def invent(places: list[Place], today: date) -> Iterator[DemoSite]:
    """Yield REGISTRATIONS invented registrations at `places`; the last one has no pin and waits for staff."""
    chance = random.Random(SEED)  # noqa: S311 - demo data, the same at every run
    chosen = chance.sample(places, min(REGISTRATIONS, len(places)))
    for number, place in enumerate(chosen, start=1):
        waits = number == len(chosen)
        given_at = datetime.combine(today - timedelta(days=chance.randint(3, 500)), datetime.min.time(), timezone.utc)
        source = chance.choices(
            (PositionSource.OWNER_PLACED, PositionSource.STAFF_VERIFIED, PositionSource.GEOCODED), (6, 3, 1)
        )[0]
        yield DemoSite(
            site=SiteDetails(place.premises, None if waits else place.position, None if waits else source.value),
            contact=ContactDetails(
                name=f"Demo registrant {number}",
                # 555-01xx is kept free for fiction.
                phone=f"+1 202 555 01{number % 100:02d}",
                email=f"demo.registrant.{number}@example.org",
                address=place.address,
                who_can_export=f"Demo manager {number}" if place.premises == "business" else "",
            ),
            cameras=_cameras(chance, place),
            consent=Consent(CONSENT_VERSION, given_at),
            confirmed_on=max(given_at.date(), today - timedelta(days=chance.randint(1, 200))),
            published=not waits,
        )


def _cameras(chance: random.Random, place: Place) -> list[CameraDetails]:
    """Return 1 to 3 cameras of a home, 1 to 8 of another place, often on the wall that faces their view."""
    is_home = place.premises in HOMES
    count = (
        chance.choices((1, 2, 3), (5, 3, 2))[0] if is_home else chance.choices(range(1, 9), (3, 3, 3, 4, 5, 5, 4, 3))[0]
    )
    retention = None if chance.random() < 0.15 else float(chance.choice(RETENTIONS))
    on_one_point = count == 1 or chance.random() < 0.4
    turn = chance.randrange(0, 360, 15)
    cameras = []
    for number in range(count):
        camera = _camera(chance, is_home, (turn + number * 360 / count) % 360, retention)
        if not on_one_point and camera.direction_deg is not None:
            wall = shifted(place.position, 7, camera.direction_deg)
            camera = replace(camera, position=wall, position_source=PositionSource.OWNER_PLACED.value)
        cameras.append(camera)
    return cameras


def _camera(chance: random.Random, is_home: bool, faces: float, retention: float | None) -> CameraDetails:
    kind = chance.choices(CameraType.values, (3, 2, 0, 5, 0) if is_home else (6, 6, 1, 0, 1))[0]
    recording = chance.choices(Recording.values, (2, 6, 0, 1, 1) if kind == "doorbell" else (6, 4, 1, 0.5, 1))[0]
    has_direction = kind != CameraType.PANNING and chance.random() < 0.8
    is_measured = has_direction and chance.random() < 0.6
    views = ("street", "entrance", "driveway") if is_home else ("street", "sidewalk", "entrance", "parking")
    return CameraDetails(
        mount=chance.choices(Mount.values, (8, 2, 1))[0],
        camera_type=kind,
        area_viewed=tuple(code for code in AreaViewed.values if code in chance.sample(views, chance.randint(1, 2))),
        direction_deg=round(faces) % 360 * 1.0 if has_direction else None,
        field_of_view_deg=float(chance.choice((70, 80, 90, 110))) if is_measured else None,
        range_m=float(chance.choice((10, 15, 20, 30))) if is_measured else None,
        retention_hours=None if recording == Recording.LIVE_ONLY else retention,
        recording=recording,
        resolution=chance.choices(Resolution.values, (1, 2, 6, 3, 2))[0],
        night_vision=chance.choices(("yes", "no", "unknown"), (6, 2, 2))[0],
        audio=chance.choices(("yes", "no", "unknown"), (2, 5, 3))[0],
    )


def shifted(position: LonLat, metres: float, bearing_deg: float) -> LonLat:
    """Return the point `metres` away from (longitude, latitude), EPSG:4326, on a sphere; for a few hundred metres."""
    longitude, latitude = position
    north = metres * math.cos(math.radians(bearing_deg)) / METRES_PER_DEGREE
    east = metres * math.sin(math.radians(bearing_deg)) / (METRES_PER_DEGREE * math.cos(math.radians(latitude)))
    return round(longitude + east, 7), round(latitude + north, 7)
