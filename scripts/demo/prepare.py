"""Fills a backend with the demo's agency, address register, registrations and street map."""

from __future__ import annotations

import tempfile
from pathlib import Path

from scripts.backend_process import EmbeddedBackend

from . import data, map_extract


def seed(backend: EmbeddedBackend) -> None:
    """Seed the backend; a second time changes nothing."""
    with tempfile.TemporaryDirectory() as folder:
        basemap, addresses = Path(folder) / "basemap.gpkg", Path(folder) / "addresses.csv"
        map_extract.write_basemap(basemap)
        map_extract.write_street_lines(basemap, backend.var / "basemap" / f"{data.AGENCY}.geojson")
        data.write_addresses(basemap, addresses)
        backend.manage("seed_demo", "--addresses", str(addresses))
