"""Fills a backend of its own with cameras for the tests that read it with real clients; run inside its process."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from registrations import services
from registrations.models import Agency
from registrations.services import SiteDetails
from tests.registration_backend.feed.world import crowd, enrol, near
from tests.registration_backend.registrations.factories import make_agency

SITES, CAMERAS_EACH = 300, 5


def fill() -> None:
    """Make 1,500 cameras, enough for several pages of every client, in a cell with addresses."""
    pick = random.Random(11)
    agency = make_agency()
    with tempfile.TemporaryDirectory() as folder:
        crowd(agency, Path(folder), [near(5 + 8 * step, 60) for step in range(25)])
    with services.announced_together():
        for _ in range(SITES):
            place = near(pick.uniform(1, 249), pick.uniform(1, 249))
            enrol(agency, place, CAMERAS_EACH, direction_deg=pick.uniform(0, 359), area_viewed=("street", "park"))


def make_busy_agency() -> None:
    make_agency("BUSY")


def churn() -> None:
    """Register, change and withdraw at random for a while, one transaction each."""
    pick = random.Random(5)
    agency = Agency.objects.get(code="BUSY")
    for _ in range(60):
        registrations = list(agency.registrations.all())
        if len(registrations) < 5 or pick.random() < 0.5:
            enrol(agency, near(), pick.randint(1, 4))
        elif pick.random() < 0.5:
            services.withdraw(pick.choice(registrations))
        else:
            services.change(pick.choice(registrations), site=SiteDetails("school", near(pick.uniform(0, 99)), None))
