"""Names inside a snapshot's GeoPackage, shared by the writer (sync) and the readers (bridge)."""

from __future__ import annotations

LAYER = "registered_cameras"
GEOMETRY = "geom"
ROW_VERSION = "row_version"
LAYER_TITLE = "Registered cameras"
SRID = 4326
