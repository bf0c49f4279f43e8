"""Makes the areas of agencies for tests: squares around a place, and files that hold them."""

from __future__ import annotations

import json
from pathlib import Path

from django.contrib.gis.geos import MultiPolygon, Polygon

from registrations.models import Agency, Jurisdiction
from tests.registration_backend.registrations.factories import HELSINKI

EAST_OF_IT = (HELSINKI[0] + 0.5, HELSINKI[1])


def square(centre: tuple[float, float] = HELSINKI, half: float = 0.1) -> Polygon:
    x, y = centre
    return Polygon.from_bbox((x - half, y - half, x + half, y + half))


def make_area(agency: Agency, centre: tuple[float, float] = HELSINKI, half: float = 0.1, name: str = "Centre"):
    area = MultiPolygon(square(centre, half), srid=4326)
    return Jurisdiction.objects.create(agency=agency, name=name, area=area)


def feature(geometry: object, **properties: object) -> dict:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def ring(*points: tuple[float, float]) -> dict:
    return {"type": "Polygon", "coordinates": [[*points, points[0]]]}


def write_geojson(path: Path, *features: dict, **members: object) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features), **members}))
    return path
