"""Cameras for benchmarks: seeded, dense as a county, in the wire's form."""

from __future__ import annotations

import json
import uuid

import numpy as np

from camera_registry_plugin.registry import digest

SEED = 20_260_101
CENTRE = (-76.61, 39.29)
# A county of about 40 km x 40 km whose cameras crowd around a centre.
SPREAD_DEG = (0.12, 0.09)


def places(count: int, seed: int = SEED) -> tuple[np.ndarray, np.ndarray]:
    """Return (count,) longitudes and latitudes, EPSG:4326, rounded as the feed rounds them."""
    dice = np.random.default_rng(seed)
    lon = dice.normal(CENTRE[0], SPREAD_DEG[0], count)
    lat = dice.normal(CENTRE[1], SPREAD_DEG[1], count)
    return np.round(lon, 7), np.round(lat, 7)


def features(count: int) -> list[dict]:
    """Return `count` features as an investigator's feed sends them."""
    dice = np.random.default_rng(SEED)
    lon, lat = places(count)
    directions = dice.integers(0, 360, count)
    retention = dice.choice([24, 48, 72, 168, 336, 720, 744], count)
    made = []
    for row in range(count):
        camera_id = str(uuid.UUID(int=int.from_bytes(dice.bytes(16), "big"), version=4))
        properties = {
            "camera_id": camera_id,
            "registration_id": str(uuid.UUID(int=row // 5 + (1 << 64), version=4)),
            "agency": "BPD",
            "premises": ("residence", "business", "school", "apartment")[row % 4],
            "mount": "exterior",
            "camera_type": ("fixed", "dome", "doorbell")[row % 3],
            "area_viewed": ["street", "entrance"],
            "direction_deg": int(directions[row]) if row % 3 else None,
            "field_of_view_deg": 90,
            "range_m": 25,
            "retention_hours": int(retention[row]) if row % 7 else None,
            "recording": "motion",
            "resolution": "1080p",
            "night_vision": "yes",
            "audio": "unknown",
            "position_source": "owner_placed",
            "position_precision_m": 0,
            "confirmed_on": "2026-03-14",
            "updated_on": "2026-05-09",
        }
        geometry = {"type": "Point", "coordinates": [float(lon[row]), float(lat[row])]}
        made.append(
            {"type": "Feature", "id": camera_id, "geometry": geometry, "properties": properties, "row_version": 1}
        )
    return made


def digest_of(made: list[dict]) -> str:
    """Return the digest that the last page of the change feed carries."""
    total = 0
    for feature in made:
        total = digest.add(total, feature["id"], feature["row_version"])
    return digest.to_hex(total)


def as_json(value: object) -> bytes:
    """Return compact JSON."""
    return json.dumps(value, separators=(",", ":")).encode()
