"""cameraregistry:syncregistry: brings a folder's snapshot of the registered cameras up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputVectorLayer,
    QgsProcessingParameterAuthConfig,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QCoreApplication

HELP = """Fetches the cameras that you may see from a camera registry into a snapshot: one GeoPackage in a folder of \
its own. The first time everything is fetched, later only what has changed. The old snapshot stays until the new one \
is complete and verified, and whenever something goes wrong.

<b>Address of the registry</b>: such as https://registry.example.org. Outside this machine it must be https.
<b>Sign-in</b>: an authentication configuration of QGIS; for a personal token choose the method Basic, user name \
"token", password the token.
<b>Snapshot folder</b>: a folder on this machine that only you can read, not a shared or synced one.

<b>Snapshot</b>: the current GeoPackage (point layer registered_cameras, EPSG:4326). <b>Cameras</b>: how many it \
holds.
The snapshot must be synced again within the hours that the registry sets (24 unless it says otherwise), or it is \
deleted.

Example: run this each morning with the snapshot folder that the layer "Registered cameras" uses."""


def tr(text: str) -> str:
    """Return text in the user's language."""
    return QCoreApplication.translate("CameraRegistry", text)


class SyncRegistryAlgorithm(QgsProcessingAlgorithm):
    """A sync as a Processing algorithm; the work is done in `bridge.sync_task.sync_registry`."""

    URL = "URL"
    AUTHCFG = "AUTHCFG"
    SNAPSHOTS = "SNAPSHOTS"
    SNAPSHOT = "SNAPSHOT"
    COUNT = "COUNT"

    def createInstance(self) -> SyncRegistryAlgorithm:
        return SyncRegistryAlgorithm()

    def name(self) -> str:
        return "syncregistry"

    def displayName(self) -> str:
        return tr("Sync registry")

    def shortDescription(self) -> str:
        return tr("Fetches the registered cameras that you may see into a snapshot.")

    def tags(self) -> list[str]:
        return ["camera", "cctv", "registry", "sync", "download", "snapshot", "geopackage"]

    def shortHelpString(self) -> str:
        return tr(HELP).replace("\n", "<br>")

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        self.addParameter(QgsProcessingParameterString(self.URL, tr("Address of the registry")))
        self.addParameter(QgsProcessingParameterAuthConfig(self.AUTHCFG, tr("Sign-in"), None, True))
        folder = QgsProcessingParameterFile.Behavior.Folder
        self.addParameter(QgsProcessingParameterFile(self.SNAPSHOTS, tr("Snapshot folder"), folder))
        self.addOutput(QgsProcessingOutputVectorLayer(self.SNAPSHOT, tr("Snapshot")))
        self.addOutput(QgsProcessingOutputNumber(self.COUNT, tr("Cameras")))

    def prepareAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Unlock the sign-in while still in the main thread, where QGIS may ask for its master password."""
        from camera_registry_plugin.bridge.sync_task import unlock
        from camera_registry_plugin.registry.errors import RegistryError

        try:
            unlock(self.parameterAsString(parameters, self.AUTHCFG, context))
        except RegistryError as error:
            raise QgsProcessingException(error.message) from None
        return True

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        from camera_registry_plugin.bridge.sync_task import percent, sync_registry
        from camera_registry_plugin.registry.errors import RegistryError
        from camera_registry_plugin.sync.storage import storage_warning

        folder = Path(self.parameterAsString(parameters, self.SNAPSHOTS, context))
        warning = storage_warning(folder)
        if warning:
            feedback.pushWarning(warning)

        def show(received: int, expected: int | None) -> None:
            feedback.setProgress(percent(received, expected))

        try:
            report = sync_registry(
                self.parameterAsString(parameters, self.URL, context),
                self.parameterAsString(parameters, self.AUTHCFG, context),
                folder,
                show,
                feedback.isCanceled,
            )
        except RegistryError as error:
            if error.details:
                feedback.pushDebugInfo(error.details)
            raise QgsProcessingException(error.message) from None
        count = report.snapshot.state.count
        feedback.pushInfo(tr("{} cameras in the snapshot.").format(count))
        if report.refused_count:
            feedback.pushWarning(tr("{} records broke the rules and were not stored.").format(report.refused_count))
        return {self.SNAPSHOT: str(report.snapshot.path), self.COUNT: count}
