"""Nothing that an analyst can ask for holds a true position, and nothing anybody can ask for holds a contact."""

from __future__ import annotations

import random

import pytest

from registrations import services
from registrations.models import Agency, Camera, Registration
from registrations.services import SiteDetails
from tests.proof import proof_count
from tests.registration_backend.feed.world import (
    CHANGES,
    ITEMS,
    PRIVATE,
    ApiReader,
    Copy,
    enrol,
    exact_places,
    move_camera,
    near,
    places_in,
)
from tests.registration_backend.registrations.factories import canary, make_contact, make_registration

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def everything_read_by(reader: ApiReader, registrations: list[Registration]) -> str:
    """Return the bytes and headers of every answer that a curious reader could get."""
    queries: list[tuple[str, dict[str, object]]] = [(path, {}) for path in PRIVATE]
    queries += [(path, {"limit": 2}) for path in (ITEMS, CHANGES)]
    queries += [(f"{ITEMS}/{camera.pk}", {}) for camera in Camera.objects.all()]
    for one in registrations:
        lon, lat = one.site.coords
        queries += [(ITEMS, {"bbox": f"{lon - size},{lat - size},{lon + size},{lat + size}"}) for size in (1e-3, 1)]
    queries += [(ITEMS, {"bbox": "9,9,1,x"}), (CHANGES, {"since": "x"}), (ITEMS, {"datetime": "2026-05-09"})]
    answers = [reader.get(path, **query) for path, query in queries]
    return "\n".join(f"{dict(answer.headers)}{answer.content.decode()}" for answer in answers)


def test_an_analyst_finds_no_exact_coordinate_anywhere(
    agency: Agency, analyst: ApiReader, investigator: ApiReader
) -> None:
    pick = random.Random(7)
    registrations = [
        enrol(agency, near(pick.uniform(1, 249), pick.uniform(1, 249)), 3) for _ in range(proof_count(300))
    ]
    for one in registrations:
        for camera in list(one.cameras.all())[1:]:
            move_camera(camera, near(pick.uniform(1, 249), pick.uniform(1, 249)))
    true = exact_places(*registrations)
    assert not true & places_in(everything_read_by(analyst, registrations))
    # The same search finds them where they may be seen: the search itself works.
    assert true <= places_in(everything_read_by(investigator, registrations))


def test_the_extent_is_not_that_of_the_outermost_cameras(agency: Agency, investigator: ApiReader) -> None:
    moved = enrol(agency, (24.93412, 60.17234), 1)
    enrol(agency, (25.07891, 60.21876), 1)
    before = investigator.json("/ogc/collections/cameras")["extent"]
    assert before["spatial"]["bbox"] == [[24.9, 60.1, 25.1, 60.3]]
    services.change(moved, site=SiteDetails("business", (24.93415, 60.17231), "owner_placed"))
    assert investigator.json("/ogc/collections/cameras")["extent"] == before


def test_no_answer_holds_anything_of_a_contact(agency: Agency, analyst: ApiReader, investigator: ApiReader) -> None:
    words = {kind: canary(kind) for kind in ("name", "phone", "email", "address", "unit", "access_notes", "recorder")}
    made = make_registration(agency, contact=make_contact(**words), published=True)
    for reader in (analyst, investigator):
        copy = Copy(reader)
        copy.pull()
        services.withdraw(made.registration) if reader is investigator else None
        seen = everything_read_by(reader, [])
        assert not [word for word in words.values() if word in seen]
