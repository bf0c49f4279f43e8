"""Snapshots, layers and incidents for the tests of what the user sees, made by the real snapshot writer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

from qgis.core import QgsFeature, QgsField, QgsFields, QgsGeometry, QgsPointXY, QgsVectorLayer

from camera_registry_plugin.registry import digest
from camera_registry_plugin.registry.fields import FIELD_NAMES
from camera_registry_plugin.registry.policy import Grid, Policy
from camera_registry_plugin.registry.record import CameraRecord
from camera_registry_plugin.sync.geopackage import SnapshotWriter
from camera_registry_plugin.sync.snapshot import Snapshot, SnapshotFolder, SnapshotState

GRID = Grid("EPSG:3067", (0.0, 0.0), (250, 500, 1000, 2000))
LON, LAT = 24.9414, 60.1718

VALUES: dict[str, Any] = {
    "agency": "HEL",
    "premises": "business",
    "mount": "exterior",
    "camera_type": "dome",
    "area_viewed": "street,entrance",
    "direction_deg": None,
    "field_of_view_deg": None,
    "range_m": None,
    "retention_hours": 720.0,
    "recording": "motion",
    "resolution": "1080p",
    "night_vision": "yes",
    "audio": "unknown",
    "position_source": "owner_placed",
    "position_precision_m": 0.0,
    "confirmed_on": "2026-03-14",
    "updated_on": "2026-05-09",
}


def camera_id(number: int) -> str:
    return str(UUID(int=number + 1, version=4))


def camera(number: int, lon: float = LON, lat: float = LAT, **values: Any) -> CameraRecord:
    """A camera's record; `values` replace those of a plain one."""
    own = {**VALUES, "camera_id": camera_id(number), "registration_id": camera_id(number + 10_000), **values}
    return CameraRecord(lon, lat, tuple(own[name] for name in FIELD_NAMES), 1)


def policy(role: str = "investigator", **changes: Any) -> Policy:
    position = "exact" if role == "investigator" else "generalised"
    values = {"role": role, "position": position, "grid": GRID, "lease_hours": 24.0, "cache_on_disk": True}
    return Policy(**{**values, "save_exports": True, "agency": "HEL", **changes})


def make_snapshot(
    folder: Path, cameras: Iterable[CameraRecord], rights: Policy | None = None, synced_at: datetime | None = None
) -> Snapshot:
    """Make the cameras the current snapshot of a folder."""
    rights = rights or policy()
    records = list(cameras)
    moment = synced_at or datetime.now(timezone.utc)
    total = sum(digest.entry(record.camera_id, record.row_version) for record in records)
    state = SnapshotState(
        policy=rights,
        agency="HEL",
        source_url="http://127.0.0.1/",
        count=len(records),
        refused_count=0,
        digest=digest.to_hex(total % digest.MODULUS),
        cursor="c",
        synced_at=moment,
    )
    snapshots = SnapshotFolder(folder)
    with snapshots.locked():
        writer = SnapshotWriter(snapshots.new_part(moment))
        writer.insert(records)
        writer.finish({"policy": json.dumps(rights.as_dict())})
        return snapshots.switch(writer.path, state)


def incident_layer(
    rows: Iterable[tuple[Any, ...]],
    crs: str = "EPSG:4326",
    fields: tuple[tuple[str, Any], ...] = (),
    kind: str = "Point",
) -> QgsVectorLayer:
    """A memory layer named Incidents; each row is a WKT (or None) and the values of the fields."""
    layer = QgsVectorLayer(f"{kind}?crs={crs}" if crs else kind, "Incidents", "memory")
    columns = QgsFields()
    for name, field_type in fields:
        columns.append(QgsField(name, field_type))
    layer.dataProvider().addAttributes(columns.toList())
    layer.updateFields()
    features = []
    for wkt, *values in rows:
        feature = QgsFeature(layer.fields())
        if wkt is not None:
            feature.setGeometry(QgsGeometry.fromWkt(wkt))
        feature.setAttributes(values)
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    layer.updateExtents()
    return layer


def point(lon: float, lat: float) -> str:
    return QgsGeometry.fromPointXY(QgsPointXY(lon, lat)).asWkt(12)
