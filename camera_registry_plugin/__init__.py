"""Camera Registry: registered surveillance cameras in QGIS, with the registrants' confidentiality kept."""

from __future__ import annotations

from typing import Any


def classFactory(iface: Any) -> Any:
    """Return the plugin object for QGIS; imported here so that the package itself needs no QGIS."""
    from .plugin import CameraRegistryPlugin

    return CameraRegistryPlugin(iface)
