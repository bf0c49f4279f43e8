"""What a snapshot's GeoPackage says about itself, for layers that were opened from the file alone."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from qgis.core import QgsMapLayer, QgsProviderRegistry

from camera_registry_plugin.registry.errors import BadResponse
from camera_registry_plugin.registry.policy import Grid, Policy, read_policy

from .layer import grid_of


def grid_for(layer: QgsMapLayer | None) -> Grid | None:
    """Return the grid of a layer's generalised positions: the one it carries, else the one in its file."""
    known = grid_of(layer)
    if known is not None or layer is None or layer.providerType() != "ogr":
        return known
    parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
    policy = policy_in(Path(str(parts.get("path") or "")))
    return policy.grid if policy is not None else None


def policy_in(path: Path) -> Policy | None:
    """Return the policy that a snapshot was fetched under, None where the file is not a snapshot."""
    if path.suffix.lower() != ".gpkg" or not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            row = connection.execute("SELECT value FROM registry_state WHERE key = 'policy'").fetchone()
        return read_policy(json.loads(row[0])) if row else None
    except (sqlite3.Error, ValueError, BadResponse):
        # Somebody else's GeoPackage: it has no such table, or keeps something else there.
        return None
