"""The page "Camera Registry" in QGIS's options: which registry, which sign-in, where its snapshots lie."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from qgis.core import QgsApplication
from qgis.gui import QgsAuthConfigSelect, QgsFileWidget, QgsOptionsPageWidget, QgsOptionsWidgetFactory
from qgis.PyQt.QtCore import QObject, Qt, pyqtSignal
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from camera_registry_plugin.bridge import settings
from camera_registry_plugin.bridge.words import tr

PAGE_NAME = "CameraRegistryOptions"


class OptionsPage(QgsOptionsPageWidget):
    """Shows and keeps the settings; `sync_wanted` asks for a sync with what has just been kept."""

    sync_wanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(PAGE_NAME)
        self._task: Any = None
        self.name = QLineEdit(settings.REGISTRY_NAME.read())
        self.name.setPlaceholderText(tr("such as: City police camera registry"))
        self.url = QLineEdit(settings.REGISTRY_URL.read())
        self.url.setPlaceholderText("https://registry.example.org")
        self.sign_in = QgsAuthConfigSelect(self)
        self.sign_in.setConfigId(settings.AUTHCFG.read())
        self.sign_in.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.folder = QgsFileWidget()
        self.folder.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.folder.lineEdit().setPlaceholderText(str(settings.default_snapshots_folder()))
        self.folder.setFilePath(settings.SNAPSHOTS_FOLDER.read())
        self.test = QPushButton(tr("&Test connection"))
        self.sync = QPushButton(tr("&Sync now"))
        self.result = QLabel()
        self.result.setTextFormat(Qt.TextFormat.PlainText)
        self.result.setWordWrap(True)
        self._lay_out()
        self.test.clicked.connect(lambda _checked: self.test_connection())
        self.sync.clicked.connect(lambda _checked: self._sync())

    def apply(self) -> None:
        """Keep what is shown; called by QGIS when the user presses OK."""
        settings.REGISTRY_NAME.write(self.name.text().strip())
        settings.REGISTRY_URL.write(self.url.text().strip())
        settings.AUTHCFG.write(self.sign_in.configId())
        settings.SNAPSHOTS_FOLDER.write(self.folder.filePath().strip())

    def test_connection(self) -> None:
        """Ask the registry, in the background, whether it knows this reader."""
        from camera_registry_plugin.bridge.connection_task import ConnectionTask

        self.test.setEnabled(False)
        self.result.setText(tr("Asking the registry…"))
        task = ConnectionTask(self.url.text().strip(), self.sign_in.configId())
        task.succeeded.connect(self._on_succeeded)
        task.failed.connect(self._on_failed)
        # QGIS owns the task, but Python's part of it must live until it has ended.
        self._task = task
        QgsApplication.taskManager().addTask(task)

    def _on_succeeded(self, policy: Any) -> None:
        positions = tr("exact positions") if policy.position == "exact" else tr("positions as grid cells")
        text = tr("Connected: you read as {0}, {1}. Sync at least every {2} hours.")
        self._show(text.format(policy.role, positions, f"{policy.lease_hours:g}"))

    def _on_failed(self, error: Any) -> None:
        self._show(error.message)

    def _show(self, text: str) -> None:
        self._task = None
        self.result.setText(text)
        self.test.setEnabled(True)

    def _sync(self) -> None:
        self.apply()
        self.result.setText(
            self._folder_warning() or tr("The sync runs in the background; its result is shown above the map.")
        )
        self.sync_wanted.emit()

    def _folder_warning(self) -> str:
        from camera_registry_plugin.sync.storage import storage_warning

        return storage_warning(Path(settings.snapshots_folder()))

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow(tr("&Name"), self.name)
        form.addRow(tr("&Address"), self.url)
        form.addRow(tr("S&ign-in"), self.sign_in)
        form.addRow("", _hint(tr("A personal token: method Basic, user name “token”, password the token itself.")))
        form.addRow(tr("Snapshots &folder"), self.folder)
        form.addRow("", _hint(tr("On this machine and yours alone; never a shared, synced or network folder.")))
        for label, widget in ((tr("Name"), self.name), (tr("Address"), self.url), (tr("Folder"), self.folder)):
            widget.setAccessibleName(label)
        buttons = QHBoxLayout()
        buttons.addWidget(self.test)
        buttons.addWidget(self.sync)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addLayout(buttons)
        layout.addWidget(self.result)
        layout.addStretch()


class OptionsFactory(QgsOptionsWidgetFactory):
    """Makes the page when QGIS opens its options."""

    def __init__(self, icon: QIcon, relay: SyncRelay) -> None:
        super().__init__()
        self._icon = icon
        self._relay = relay
        self.setTitle("Camera Registry")

    def icon(self) -> QIcon:
        return self._icon

    def createWidget(self, parent: QWidget | None) -> OptionsPage:
        page = OptionsPage(parent)
        page.sync_wanted.connect(self._relay.sync_wanted)
        return page


class SyncRelay(QObject):
    """Carries the wish for a sync from a page that comes and goes to the plugin."""

    sync_wanted = pyqtSignal()


def _hint(text: str) -> QLabel:
    label = QLabel(f"<small>{html.escape(text)}</small>")
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
    return label
