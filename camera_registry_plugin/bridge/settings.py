"""What the plugin remembers in the user's QGIS profile, declared once with types and defaults; never a secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QStandardPaths

PREFIX = "camera_registry"

METRES = "metres"
FEET = "feet"
MAX_RADIUS_M = 50_000.0


class Setting(NamedTuple):
    """One remembered value: its key under the prefix, its type and its default."""

    key: str
    kind: type
    default: Any

    def read(self) -> Any:
        """Return the value; the default where it was never set or is not of its type."""
        raw = QgsSettings().value(f"{PREFIX}/{self.key}", self.default)
        try:
            return self.kind(raw)
        except (TypeError, ValueError):
            return self.default

    def write(self, value: Any) -> None:
        """Remember a value."""
        QgsSettings().setValue(f"{PREFIX}/{self.key}", self.kind(value))


REGISTRY_NAME = Setting("registry_name", str, "")
REGISTRY_URL = Setting("registry_url", str, "")
# The id of an entry in QGIS's authentication manager, where the token itself is.
AUTHCFG = Setting("authcfg", str, "")
SNAPSHOTS_FOLDER = Setting("snapshots_folder", str, "")
RADIUS_M = Setting("radius_m", float, 150.0)
UNIT = Setting("unit", str, METRES)

SETTINGS = (REGISTRY_NAME, REGISTRY_URL, AUTHCFG, SNAPSHOTS_FOLDER, RADIUS_M, UNIT)


def default_snapshots_folder() -> Path:
    """Return this machine's own folder for snapshots: never the roaming profile, which is copied to servers."""
    kind = QStandardPaths.StandardLocation.GenericDataLocation
    return Path(QStandardPaths.writableLocation(kind)) / "CameraRegistry" / "snapshots"


def snapshots_folder() -> Path:
    """Return the folder that the user chose, or the default one."""
    chosen = SNAPSHOTS_FOLDER.read().strip()
    return Path(chosen) if chosen else default_snapshots_folder()


def unit() -> str:
    """Return the unit of the dock, "metres" or "feet"."""
    return FEET if UNIT.read() == FEET else METRES


def radius_m() -> float:
    """Return the last radius in metres, or the default where that cannot be searched."""
    radius: float = RADIUS_M.read()
    return radius if 0 < radius <= MAX_RADIUS_M else RADIUS_M.default


def is_configured() -> bool:
    """Return whether a registry's address is set."""
    return bool(REGISTRY_URL.read().strip())
