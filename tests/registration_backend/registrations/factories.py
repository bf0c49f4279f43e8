"""Makes agencies and registrations for tests, with contacts that a byte search finds again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timezone

from registrations import links, services
from registrations.contacts import ContactDetails
from registrations.models import Agency, Camera, Registration
from registrations.services import CameraDetails, Consent, SiteDetails

HELSINKI = (24.9384, 60.1699)


def make_agency(code: str = "HEL", **values: object) -> Agency:
    defaults: dict[str, object] = {
        "name": f"Police of {code}",
        "grid_srid": 3067,
        "map_longitude": HELSINKI[0],
        "map_latitude": HELSINKI[1],
    }
    return Agency.objects.create(code=code, **{**defaults, **values})


def canary(kind: str) -> str:
    """Return text that occurs nowhere else, so that finding it proves a leak."""
    return f"{kind}{secrets.token_hex(8)}"


def make_contact(**values: str) -> ContactDetails:
    defaults = {
        "name": canary("Name"),
        "phone": canary("5550"),
        "email": f"{canary('mail')}@example.org",
        "address": canary("Street "),
        "unit": canary("Unit"),
        "access_notes": canary("Notes"),
    }
    return ContactDetails(**{**defaults, **values})


@dataclass(frozen=True)
class Made:
    """A registration, its cameras, and the secret of a visit to it."""

    registration: Registration
    cameras: list[Camera]
    token: str = field(repr=False)


def make_registration(agency: Agency | None = None, **values: object) -> Made:
    """Make a registration that its registrant has confirmed; `confirmed_on=None` leaves it unconfirmed."""
    arguments: dict[str, object] = {
        "origin": "web",
        "site": SiteDetails("business", HELSINKI, "owner_placed"),
        "contact": make_contact(),
        "cameras": [CameraDetails(direction_deg=90.0), CameraDetails()],
        "consent": Consent("2026-1", datetime(2026, 1, 2, tzinfo=timezone.utc)),
        "confirmed_on": date(2026, 1, 2),
    }
    agency = agency or Agency.objects.first() or make_agency()
    made = services.register(agency, **{**arguments, **values})  # type: ignore[arg-type]
    return Made(made.registration, made.cameras, links.begin_visit(made.registration))


def count_all() -> int:
    return Registration.objects.count()
