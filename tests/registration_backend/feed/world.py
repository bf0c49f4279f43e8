"""A small world for the tests of the feed: an agency, a crowd of addresses, registrations, tokens and readers."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.contrib.gis.geos import Point
from django.http import HttpResponse
from django.test import Client
from pyproj import Transformer

from disclosure import tokens
from disclosure.addresses import COLUMNS, import_addresses
from disclosure.generalise import Grid
from registrations import services
from registrations.models import Agency, Camera, Registration
from registrations.services import CameraDetails, SiteDetails
from registrations.signals import registration_changed
from tests.registration_backend.registrations.factories import HELSINKI, make_registration

ITEMS = "/ogc/collections/cameras/items"
CHANGES = "/ogc/collections/cameras/changes"
PUBLIC = ("/ogc/", "/ogc/conformance", "/ogc/api")
PRIVATE = ("/ogc/collections", "/ogc/collections/cameras", ITEMS, CHANGES, "/registry/policy")

GRID = Grid(3067)
_TO_DEGREES = Transformer.from_crs(3067, 4326, always_xy=True)
# The lower left corner of a cell of 250, of 500, of 1000 and of 2000 m in EPSG:3067, in Helsinki.
CELL_CORNER = (386_000.0, 6_672_000.0)


def degrees(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude of a place in EPSG:3067."""
    lon, lat = _TO_DEGREES.transform(x, y)
    return lon, lat


def near(east: float = 0.0, north: float = 0.0) -> tuple[float, float]:
    """Return the place so many metres from the corner of a cell of every size."""
    return degrees(CELL_CORNER[0] + east, CELL_CORNER[1] + north)


def crowd(
    agency: Agency, folder: Path, places: Sequence[tuple[float, float]], premises: Sequence[str] = ("business",)
) -> None:
    """Give `agency` an address register: one address at each place, their kinds taken in turn."""
    path = folder / "addresses.csv"
    lines = [",".join(COLUMNS)]
    for number, (lon, lat) in enumerate(places):
        lines.append(f"Quay,{number},Helsinki,{premises[number % len(premises)]},{lon!r},{lat!r}")
    path.write_text("\n".join(lines), encoding="utf-8")
    report = import_addresses(agency, path)
    assert report.imported == len(places)


def enrol(
    agency: Agency,
    place: tuple[float, float] = HELSINKI,
    cameras: int = 2,
    premises: str = "business",
    **details: Any,
) -> Registration:
    """Register and publish a site with cameras through the registrant's own services."""
    made = make_registration(
        agency,
        site=SiteDetails(premises, place, "owner_placed"),
        cameras=[CameraDetails(**details) for _ in range(cameras)],
        published=True,
    )
    return made.registration


def move_camera(camera: Camera, place: tuple[float, float]) -> None:
    """Give one camera a place of its own, as staff and imports may."""
    with services.both_databases():
        camera.position = Point(*place, srid=4326)
        camera.save()
        registration_changed.send(sender=Registration, registration=camera.registration)


class ApiReader:
    """Reads the feed through Django's own request handling, as one role."""

    def __init__(self, agency: Agency, role: str) -> None:
        token, self.record = tokens.issue(agency, role, 1)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._client = Client()

    def get(self, path: str, **query: Any) -> HttpResponse:
        return self._client.get(path, query, headers=self._headers)

    def json(self, path: str, **query: Any) -> dict[str, Any]:
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.content
        return json.loads(answer.content)

    def pages(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Yield a page and those behind its next links."""
        page = self.json(path, **query)
        yield page
        while following := [link["href"] for link in page["links"] if link["rel"] == "next"]:
            answer = self._client.get(following[0], headers=self._headers)
            assert answer.status_code == 200, answer.content
            page = json.loads(answer.content)
            yield page


class Copy:
    """A reader's copy, kept in step by the change feed alone."""

    def __init__(self, reader: ApiReader, limit: int = 1000) -> None:
        self.reader = reader
        self.limit = limit
        self.features: dict[str, dict[str, Any]] = {}
        self.cursor: str | None = None
        self.last: dict[str, Any] = {}

    def pull(self) -> int:
        """Follow the change feed to its end; return the number of changes that were read."""
        read = 0
        while True:
            query = {"limit": self.limit} | ({"since": self.cursor} if self.cursor else {})
            page = self.reader.json(CHANGES, **query)
            upserted = {feature["id"] for feature in page["features"]}
            assert not upserted & set(page["withdrawn"])
            for feature in page["features"]:
                self.features[feature["id"]] = feature
            for camera_id in page["withdrawn"]:
                self.features.pop(camera_id, None)
            read += len(page["features"]) + len(page["withdrawn"])
            self.cursor, self.last = page["cursor"], page
            if not page["more"]:
                return read

    def digest(self) -> str:
        """Return the digest of what is held, worked out afresh and on its own."""
        total = 0
        for camera_id, feature in self.features.items():
            text = f"{camera_id}:{feature['row_version']}".encode()
            total += int(hashlib.sha256(text).hexdigest()[:32], 16)
        return format(total % (1 << 128), "032x")


def exact_places(*registrations: Registration) -> set[tuple[str, str]]:
    """Return the true longitudes and latitudes of all cameras, as the feed would write them."""
    places = [camera.position or one.site for one in registrations for camera in one.cameras.all()]
    return {(str(round(place.x, 7)), str(round(place.y, 7))) for place in places}


def places_in(text: str) -> set[tuple[str, str]]:
    """Return every pair of numbers in `text` that could be a longitude and a latitude."""
    return set(re.findall(r"(-?\d+\.\d+),\s*(-?\d+\.\d+)", text))
