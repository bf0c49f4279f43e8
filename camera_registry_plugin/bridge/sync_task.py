"""A sync as a background task of QGIS, with progress and cancel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qgis.core import QgsApplication, QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from camera_registry_plugin.registry.errors import ConfigurationError, MissingPackage, RegistryError
from camera_registry_plugin.sync.pull import PullReport, pull
from camera_registry_plugin.sync.retries import Pacing
from camera_registry_plugin.sync.snapshot import SnapshotFolder
from camera_registry_plugin.sync.sources.registration_backend import RegistrationBackend

MOST_PERCENT = 99.0  # the last step, verifying, has no progress of its own


def unlock(authcfg: str) -> None:
    """Make sure that a background thread can use an authentication configuration; call it in the main thread.

    QGIS may ask for its master password here. Raises ConfigurationError where the configuration is missing or stays
    locked. An empty `authcfg` is allowed: the registry then says that it wants a token.
    """
    if not authcfg:
        return
    manager = QgsApplication.authManager()
    if authcfg not in manager.configIds():
        raise ConfigurationError(
            "The authentication configuration chosen for this registry does not exist any more. Choose or make one: "
            "method Basic, user name: token, password: your token."
        )
    if not manager.setMasterPassword(True):
        raise ConfigurationError("QGIS's authentication storage is locked. Enter its master password, then sync again.")


def sync_registry(
    url: str,
    authcfg: str,
    folder: Path,
    progress: Callable[[int, int | None], None],
    is_cancelled: Callable[[], bool],
) -> PullReport:
    """Pull the registry at `url` into a snapshot folder over QGIS's network; may run in any thread.

    Raises the errors of `registry.errors`.
    """
    try:
        from camera_registry_plugin.bridge.network import qgis_transport
    except ModuleNotFoundError as error:
        raise MissingPackage(str(error.name), "Syncing") from None

    transport = qgis_transport(url, authcfg, Pacing(is_cancelled=is_cancelled))
    return pull(RegistrationBackend(transport), SnapshotFolder(folder), progress=progress, is_cancelled=is_cancelled)


def percent(received: int, expected: int | None) -> float:
    """Return how far a sync is, 0 to 99; 0 where nobody knows yet how many cameras there are."""
    return min(MOST_PERCENT, 100.0 * received / expected) if expected else 0.0


class SyncTask(QgsTask):
    """Syncs one registry in the background. Make it in the main thread; its signals are emitted there too.

    `synced` carries the PullReport, `failed` a RegistryError whose message is for the user; Cancelled is one.
    """

    synced = pyqtSignal(object)
    failed = pyqtSignal(object)

    def __init__(self, url: str, authcfg: str, folder: Path) -> None:
        super().__init__("Sync of registered cameras", QgsTask.Flag.CanCancel)
        self._url = url
        self._authcfg = authcfg
        self._folder = folder
        self._report: PullReport | None = None
        self._error: Exception | None = None
        try:
            unlock(authcfg)
        except ConfigurationError as error:
            self._error = error

    def run(self) -> bool:
        """Do the work; called by QGIS in another thread."""
        if self._error is not None:
            return False
        try:
            self._report = sync_registry(self._url, self._authcfg, self._folder, self._show, self.isCanceled)
        except Exception as error:  # an exception must not leave this thread; finished() raises the unexpected ones
            self._error = error
            return False
        return True

    def _show(self, received: int, expected: int | None) -> None:
        self.setProgress(percent(received, expected))

    def finished(self, result: bool) -> None:
        """Tell how it went; called by QGIS in the main thread."""
        if self._report is not None:
            self.synced.emit(self._report)
        elif isinstance(self._error, RegistryError):
            self.failed.emit(self._error)
        elif self._error is not None:
            raise self._error
