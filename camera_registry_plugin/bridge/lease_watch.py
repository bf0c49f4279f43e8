"""Lets the cameras go when their lease ends: checked before they are shown and every minute after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from camera_registry_plugin.registry.errors import LeaseExpired, RegistryError, SnapshotError
from camera_registry_plugin.sync import lease
from camera_registry_plugin.sync.snapshot import Snapshot, SnapshotFolder

from . import settings
from .layer import camera_layers

CHECK_EVERY_MS = 60_000


def utc_now() -> datetime:
    """Return the present time (aware, UTC)."""
    return datetime.now(timezone.utc)


class LeaseWatch(QObject):
    """Asks `sync.lease` for the snapshot that may be used and removes the layers when there is none any more."""

    expired = pyqtSignal(object)

    def __init__(self, now: Callable[[], datetime] = utc_now, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self._timer = QTimer(self)
        self._timer.setInterval(CHECK_EVERY_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Begin to look every minute."""
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def snapshot(self) -> Snapshot | None:
        """Return the snapshot that may be shown now, None where there is none.

        Raises LeaseExpired, after the layers and files are gone, where its time is over.
        """
        try:
            return lease.check(SnapshotFolder(settings.snapshots_folder()), self._now())
        except LeaseExpired:
            remove_layers()
            raise
        except OSError as error:
            raise SnapshotError(
                "The snapshots folder cannot be read or written. Check it under Options > Camera Registry.",
                type(error).__name__,
            ) from error

    def look(self) -> None:
        """Check the lease while cameras are shown; `expired` carries the error that says what happened."""
        if not camera_layers(QgsProject.instance()):
            return
        try:
            if self.snapshot() is None:
                remove_layers()
        except RegistryError as error:
            self.expired.emit(error)


def remove_layers() -> None:
    """Remove every layer of registered cameras from the project."""
    project = QgsProject.instance()
    project.removeMapLayers([layer.id() for layer in camera_layers(project)])
