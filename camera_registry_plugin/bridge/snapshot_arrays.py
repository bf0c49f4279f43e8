"""Reads the cameras of a snapshot's GeoPackage straight into arrays, some times faster than feature by feature."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from qgis.core import QgsVectorLayer

from .camera_arrays import CameraArrays
from .layer import SNAPSHOT_PROPERTY, source_of

# GeoPackage header without an envelope, then a little-endian WKB point (OGC 12-128r17, 2.1.3).
_HEADER = b"GP\x00\x01"
_POINT_BYTES = 29
_COORDINATES_AT = 13

_QUERY = "SELECT fid, geom, coalesce(position_precision_m, 0.0) FROM registered_cameras ORDER BY fid"


def snapshot_arrays(layer: QgsVectorLayer) -> CameraArrays | None:
    """Return the cameras of a layer that shows a whole snapshot; None where it must be read by its features."""
    path = Path(str(layer.customProperty(SNAPSHOT_PROPERTY) or ""))
    if layer.source() != source_of(path) or not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute(_QUERY).fetchall()
    except sqlite3.Error:
        # What is wrong with the file is for the layer itself to say.
        return None
    return _arrays(rows)


def _arrays(rows: list[tuple[int, bytes, float]]) -> CameraArrays | None:
    import numpy as np

    raw = np.frombuffer(b"".join(row[1] for row in rows), dtype=np.uint8)
    if raw.size != len(rows) * _POINT_BYTES or any(not row[1].startswith(_HEADER) for row in rows):
        return None
    points = np.ascontiguousarray(raw.reshape(-1, _POINT_BYTES)[:, _COORDINATES_AT:]).view("<f8")
    ids = np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))
    precision = np.fromiter((row[2] for row in rows), dtype=np.float64, count=len(rows))
    return CameraArrays(ids, points[:, 0].copy(), points[:, 1].copy(), precision)
