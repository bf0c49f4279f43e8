"""Starts a sync from a button and shows how it goes and how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QProgressBar, QPushButton

from camera_registry_plugin.bridge import settings
from camera_registry_plugin.bridge.compat import message_level
from camera_registry_plugin.bridge.lease_watch import remove_layers
from camera_registry_plugin.bridge.words import tr
from camera_registry_plugin.registry.errors import AccessEnded, Cancelled, ConfigurationError, RegistryError

from .messages import Messages

if TYPE_CHECKING:
    from camera_registry_plugin.bridge.sync_task import SyncTask
    from camera_registry_plugin.sync.pull import PullReport


class SyncRunner(QObject):
    """One sync at a time. `synced` carries the Snapshot, `ended` comes after every sync, good or bad."""

    synced = pyqtSignal(object)
    ended = pyqtSignal()

    def __init__(self, iface: Any, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._iface = iface
        self._messages = messages
        self._task: SyncTask | None = None
        self._bar_item: Any = None

    def is_running(self) -> bool:
        """Return whether a sync is under way."""
        return self._task is not None

    def start(self) -> None:
        """Begin a sync in the background; what keeps it from beginning is shown."""
        if self.is_running():
            self._messages.info(tr("A sync is running already."))
            return
        with self._messages.shown():
            self._start()

    def stop(self) -> None:
        """Cancel what is running and hear no more of it."""
        if self._task is not None:
            task, self._task = self._task, None
            task.synced.disconnect(self._on_synced)
            task.failed.disconnect(self._on_failed)
            task.taskTerminated.disconnect(self._on_terminated)
            task.cancel()
        self._remove_bar()

    def _start(self) -> None:
        from camera_registry_plugin.bridge.sync_task import SyncTask
        from camera_registry_plugin.sync.storage import storage_warning

        url = settings.REGISTRY_URL.read().strip()
        if not url:
            raise ConfigurationError(
                tr("No registry is set up yet. Enter its address under Settings > Options > Camera Registry.")
            )
        folder = settings.snapshots_folder()
        warning = storage_warning(folder)
        if warning:
            self._messages.info(warning)
        task = SyncTask(url, settings.AUTHCFG.read(), folder)
        task.synced.connect(self._on_synced)
        task.failed.connect(self._on_failed)
        task.taskTerminated.connect(self._on_terminated)
        self._task = task
        self._show_bar(task)
        QgsApplication.taskManager().addTask(task)

    def _on_synced(self, report: PullReport) -> None:
        self._end()
        self.synced.emit(report.snapshot)
        self._messages.success(_result(report))
        self.ended.emit()

    def _on_failed(self, error: RegistryError) -> None:
        self._end()
        if isinstance(error, AccessEnded):
            remove_layers()
        self._messages.error(error)
        self.ended.emit()

    def _on_terminated(self) -> None:
        # A task that is cancelled before its turn never runs and tells nothing itself.
        if self._task is not None and self.sender() is self._task:
            self._on_failed(Cancelled())

    def _end(self) -> None:
        self._task = None
        self._remove_bar()

    def _show_bar(self, task: SyncTask) -> None:
        bar = self._iface.messageBar()
        item = bar.createMessage(tr("Camera Registry"), tr("Fetching the registered cameras…"))
        progress = _Progress()
        progress.setRange(0, 100)
        progress.setMaximumWidth(160)
        progress.setAccessibleName(tr("Progress of the sync"))
        cancel = QPushButton(tr("Cancel"))
        cancel.clicked.connect(lambda _checked: task.cancel())
        task.progressChanged.connect(progress.show_percent)
        item.layout().addWidget(progress)
        item.layout().addWidget(cancel)
        bar.pushWidget(item, message_level("Info"))
        self._bar_item = item

    def _remove_bar(self) -> None:
        item, self._bar_item = self._bar_item, None
        if item is not None:
            try:
                self._iface.messageBar().popWidget(item)
            except RuntimeError:
                # The user has closed it, and Qt deleted it.
                return


class _Progress(QProgressBar):
    """A progress bar that Qt cuts off from its task when the user closes the message."""

    def show_percent(self, percent: float) -> None:
        self.setValue(round(percent))


def _result(report: PullReport) -> str:
    text = tr("{0} cameras: {1} new or changed, {2} withdrawn.").format(
        f"{report.snapshot.state.count:,}", f"{report.upserted:,}", f"{report.withdrawn:,}"
    )
    withheld = report.snapshot.state.policy.withheld
    if withheld:
        text += " " + tr("{0} more are not shown to your role, because too few addresses surround them.").format(
            f"{withheld:,}"
        )
    if report.refused_count:
        text += " " + tr("{0} records were refused, because they break the registry's rules.").format(
            f"{report.refused_count:,}"
        )
    return text
