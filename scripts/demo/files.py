"""Where the demo writes what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DISTANCE_M = 150


@dataclass(frozen=True)
class DemoFiles:
    """The files below the demo's folder (build/demo by default)."""

    folder: Path

    @property
    def basemap(self) -> Path:
        return self.folder / "basemap.gpkg"

    @property
    def incidents(self) -> Path:
        return self.folder / "incidents.gpkg"

    @property
    def snapshots(self) -> Path:
        """One snapshot folder a role below it."""
        return self.folder / "snapshots"

    @property
    def cameras(self) -> Path:
        """A copy of the investigator's snapshot under a plain name."""
        return self.folder / "registered_cameras.gpkg"

    @property
    def nearby(self) -> Path:
        return self.folder / "nearby_cameras.csv"

    @property
    def circles(self) -> Path:
        return self.folder / "search_circles.gpkg"

    @property
    def project(self) -> Path:
        return self.folder / "demo.qgz"

    @property
    def map_picture(self) -> Path:
        return self.folder / "map.png"

    @property
    def desk_picture(self) -> Path:
        return self.folder / "desk.png"

    @property
    def profiles(self) -> Path:
        """QGIS's profiles folder for the real application, with the packaged plugin in it."""
        return self.folder / "qgis"
