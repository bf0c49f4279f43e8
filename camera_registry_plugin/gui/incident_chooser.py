"""A list to choose from where several incidents lie under one click."""

from __future__ import annotations

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QLabel, QListWidget, QVBoxLayout, QWidget

from camera_registry_plugin.bridge.words import tr

from .incident_finder import Incident


class IncidentChooser(QDialog):
    """Shows incidents, newest first; Enter or a double click emits `chosen`, Esc closes."""

    chosen = pyqtSignal(object)

    def __init__(self, incidents: list[Incident], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Which incident?"))
        self._incidents = incidents
        label = QLabel(tr("{0} incidents lie here, newest first. Choose one:").format(len(incidents)))
        label.setTextFormat(Qt.TextFormat.PlainText)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Incidents under the click"))
        self.list.addItems([incident.words for incident in incidents])
        self.list.setCurrentRow(0)
        label.setBuddy(self.list)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, parent=self
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.list.itemDoubleClicked.connect(lambda _item: self.accept())
        layout = QVBoxLayout(self)
        for widget in (label, self.list, buttons):
            layout.addWidget(widget)
        self.list.setFocus()

    def accept(self) -> None:
        """Tell which incident was chosen and close."""
        row = self.list.currentRow()
        super().accept()
        if row >= 0:
            self.chosen.emit(self._incidents[row])
