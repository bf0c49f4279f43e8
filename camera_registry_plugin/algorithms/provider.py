"""The Processing provider: it names the algorithms and loads each on its own, so that one cannot take the rest."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from qgis.core import Qgis, QgsMessageLog, QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

ICON = Path(__file__).resolve().parent.parent / "resources" / "icons" / "camera_registry.svg"
LOG_TAG = "Camera Registry"

# Module and class of each algorithm, imported when QGIS asks for the list.
ALGORITHMS = (
    ("nearby_cameras", "NearbyCamerasAlgorithm"),
    ("sync_registry", "SyncRegistryAlgorithm"),
)


class CameraRegistryProvider(QgsProcessingProvider):
    """Algorithms under the id `cameraregistry`."""

    def id(self) -> str:
        return "cameraregistry"

    def name(self) -> str:
        return "Camera Registry"

    def longName(self) -> str:
        return self.name()

    def icon(self) -> QIcon:
        return QIcon(str(ICON))

    def svgIconPath(self) -> str:
        return str(ICON)

    def loadAlgorithms(self) -> None:
        for module, name in ALGORITHMS:
            try:
                algorithm = getattr(import_module(f"{__package__}.{module}"), name)
            except ImportError as error:
                # A missing Python package must not take the other algorithms away.
                QgsMessageLog.logMessage(
                    f"cameraregistry: {module} is not available: {error}", LOG_TAG, Qgis.MessageLevel.Warning
                )
                continue
            self.addAlgorithm(algorithm())
