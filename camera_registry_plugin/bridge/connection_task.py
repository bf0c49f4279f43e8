"""Asks a registry in the background whether address and sign-in are right."""

from __future__ import annotations

from qgis.core import QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from camera_registry_plugin.registry.errors import MissingPackage, RegistryError
from camera_registry_plugin.registry.policy import Policy

from .sync_task import unlock


class ConnectionTask(QgsTask):
    """Fetches the reader's policy and nothing else. `succeeded` carries the Policy, `failed` a RegistryError."""

    succeeded = pyqtSignal(object)
    failed = pyqtSignal(object)

    def __init__(self, url: str, authcfg: str) -> None:
        super().__init__("Camera registry: test of the connection", QgsTask.Flag.CanCancel)
        self._url = url
        self._authcfg = authcfg
        self._policy: Policy | None = None
        self._error: Exception | None = None
        try:
            unlock(authcfg)
        except RegistryError as error:
            self._error = error

    def run(self) -> bool:
        """Do the work; called by QGIS in another thread."""
        if self._error is None:
            try:
                self._policy = self._fetch()
            except Exception as error:  # must not leave this thread; finished() raises the unexpected ones
                self._error = error
        return self._policy is not None

    def finished(self, result: bool) -> None:
        """Tell how it went; called by QGIS in the main thread."""
        if self._policy is not None:
            self.succeeded.emit(self._policy)
        elif isinstance(self._error, RegistryError):
            self.failed.emit(self._error)
        elif self._error is not None:
            raise self._error

    def _fetch(self) -> Policy:
        try:
            from camera_registry_plugin.bridge.network import qgis_transport
            from camera_registry_plugin.sync.retries import Pacing
            from camera_registry_plugin.sync.sources.registration_backend import RegistrationBackend
        except ModuleNotFoundError as error:
            raise MissingPackage(str(error.name), "Syncing") from None
        transport = qgis_transport(self._url, self._authcfg, Pacing(is_cancelled=self.isCanceled))
        return RegistrationBackend(transport).policy()
