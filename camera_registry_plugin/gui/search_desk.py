"""Connects map tool, dock and layer into one search: a click in, a list out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import QgsPointXY, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QFileDialog

from camera_registry_plugin.bridge import settings
from camera_registry_plugin.bridge.camera_layers import CameraLayers
from camera_registry_plugin.bridge.layer import synced_at
from camera_registry_plugin.bridge.nearby import LayerSearches
from camera_registry_plugin.bridge.words import tr
from camera_registry_plugin.canvass.export import list_as_csv
from camera_registry_plugin.canvass.rows import ListRow, headline
from camera_registry_plugin.registry.errors import ConfigurationError, InvalidInput, RegistryError, SnapshotError

from .incident_chooser import IncidentChooser
from .incident_finder import Incident, find_incidents
from .incident_tool import IncidentTool
from .map_link import MapLink
from .messages import Messages
from .nearby_dock import NearbyDock
from .search_circle import SearchCircle

# Typing a radius searches when the user pauses, not at every step.
PAUSE_MS = 250


class SearchDesk(QObject):
    """The nearby search of the dock. `sync_requested` and `options_requested` are next steps it cannot take."""

    sync_requested = pyqtSignal()
    options_requested = pyqtSignal()

    def __init__(self, iface: Any, layers: CameraLayers, messages: Messages) -> None:
        super().__init__()
        self._canvas = iface.mapCanvas()
        self._layers = layers
        self._messages = messages
        self._searches = LayerSearches()
        self._circle = SearchCircle(self._canvas)
        self.dock = NearbyDock(iface.mainWindow())
        self._link = MapLink(self._canvas, self.dock, self)
        self.tool = IncidentTool(self._canvas)
        self.incident: Incident | None = None
        self.chooser: IncidentChooser | None = None
        self._step: Any = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._previous_tool: Any = None
        self.dock.set_radius(settings.radius_m(), settings.unit())
        self._connect()
        self.show_ready()

    def activate_tool(self) -> None:
        """Let the user click an incident; the dock shows beside it."""
        if self._canvas.mapTool() is not self.tool:
            self._previous_tool = self._canvas.mapTool()
        self._canvas.setMapTool(self.tool)
        self.dock.setVisible(True)
        self.dock.raise_()
        if self.incident is None:
            self.show_ready()

    def search(self, incident: Incident) -> None:
        """List the cameras around an incident."""
        self.incident = incident
        self.refresh()

    def refresh(self) -> None:
        """Search again, after another radius, another snapshot or the first sync."""
        if self.incident is None:
            self.show_ready()
            return
        try:
            layer = self._layers.current() or self._layers.add()
            if layer is None:
                self.show_ready()
                return
            self._link.watch(layer)
            self._show_search(layer, self.incident)
        except RegistryError as error:
            self._circle.clear()
            self.dock.show_state(error.message, "")
            self._messages.error(error)

    def show_ready(self) -> None:
        """Show what the next step is, where there is no list to show."""
        if self._layers.current() is None and not settings.is_configured():
            self._say(
                tr(
                    "No registry is set up yet. Enter the address of your camera registry and your sign-in, "
                    "then fetch its cameras."
                ),
                tr("Set up a registry…"),
                self.options_requested.emit,
            )
        elif self._layers.current() is None and not self._has_snapshot():
            text = tr("No cameras have been fetched yet, or their lease has ended.")
            self._say(text, tr("Sync now"), self.sync_requested.emit)
        else:
            text = tr("Click an incident, or any place on the map, to list the registered cameras near it.")
            self._say(text, tr("Choose on map"), self.activate_tool)

    def clear(self) -> None:
        """Forget the incident, its circle and its list."""
        self.incident = None
        self._circle.clear()
        self.show_ready()

    def close(self) -> None:
        """Take everything off the map and let go of the layers; the desk cannot be used afterwards."""
        self._pause.stop()
        self._canvas.destinationCrsChanged.disconnect(self._pause.start)
        self._link.unwatch()
        if self._canvas.mapTool() is self.tool:
            self._canvas.unsetMapTool(self.tool)
        self._searches.clear()
        self._circle.remove()
        self.tool.deleteLater()
        self.dock.deleteLater()

    def export_to(self, path: Path) -> None:
        """Write the list as CSV.

        Raises ConfigurationError where the registry forbids it, SnapshotError where the disk refuses.
        """
        self._check_export()
        text = list_as_csv(
            self._sorted_rows(), self.dock.headline.text(), synced_at(self._link.layer) if self._link.layer else None
        )
        try:
            # A byte-order mark, or spreadsheets read the dashes and names as something else.
            path.write_text(text, encoding="utf-8-sig", newline="")
        except OSError as error:
            raise SnapshotError(
                tr("The list could not be written there. Choose another folder."), type(error).__name__
            ) from error

    def _connect(self) -> None:
        self.tool.clicked.connect(self._on_click)
        self.tool.cancelled.connect(self._on_cancel)
        self.dock.radius_changed.connect(self._on_radius)
        self.dock.unit_changed.connect(self._on_unit)
        self._link.layer_changed.connect(self._pause.start)
        self._link.layer_gone.connect(self._on_layer_gone)
        self.dock.choose_requested.connect(self.activate_tool)
        self.dock.export_requested.connect(self._on_export)
        self.dock.next_step.connect(lambda: self._step and self._step())
        self._pause.timeout.connect(self._search_again)
        # The circle is drawn in the map's coordinates: another coordinate system needs another circle.
        self._canvas.destinationCrsChanged.connect(self._pause.start)

    def _search_again(self) -> None:
        if self.incident is not None:
            self.refresh()

    def _show_search(self, layer: QgsVectorLayer, incident: Incident) -> None:
        from camera_registry_plugin.search.geodesy import geodesic_circle

        radius = self.dock.radius_m()
        rows = self._searches.near(layer, incident.lon, incident.lat, radius, incident.start)
        self._circle.draw(incident.lon, incident.lat, geodesic_circle(incident.lon, incident.lat, radius))
        words = f"{self.dock.radius.text()} {self.dock.unit.currentText()}"
        if rows:
            self.dock.show_rows(rows, headline(rows, words, incident.words), _note(rows))
            self._link.show_selection()
        else:
            text = tr("No registered camera within {0} of {1}. Try a larger radius.").format(words, incident.words)
            self._say(text, "", None)

    def _say(self, text: str, button: str, step: Any) -> None:
        self._step = step
        self.dock.show_state(text, button)

    def _has_snapshot(self) -> bool:
        try:
            return self._layers.snapshot() is not None
        except RegistryError as error:
            self._messages.error(error)
            return False

    def _on_click(self, place: QgsPointXY) -> None:
        with self._messages.shown():
            incidents = find_incidents(self._canvas, place)
            if len(incidents) == 1:
                self.search(incidents[0])
                return
            self.chooser = IncidentChooser(incidents, self.dock.window())
            self.chooser.chosen.connect(self.search)
            self.chooser.open()

    def _on_cancel(self) -> None:
        self.clear()
        if self._previous_tool is not None:
            self._canvas.setMapTool(self._previous_tool)
        else:
            self._canvas.unsetMapTool(self.tool)

    def _on_radius(self, radius_m: float) -> None:
        settings.RADIUS_M.write(radius_m)
        self._pause.start()

    def _on_unit(self, unit: str) -> None:
        settings.UNIT.write(unit)
        self.dock.set_radius(settings.radius_m(), unit)
        self._pause.start()

    def _on_export(self) -> None:
        with self._messages.shown():
            self._check_export()
            name, _filter = QFileDialog.getSaveFileName(
                self.dock, tr("Export the list"), "nearby_cameras.csv", tr("CSV files (*.csv)")
            )
            if name:
                self.export_to(Path(name))
                self._messages.success(tr("The list was exported. Keep it as carefully as the cameras themselves."))

    def _check_export(self) -> None:
        if not self.dock.model.rows:
            raise InvalidInput(tr("There is no list to export. Click an incident or a place on the map first."))
        snapshot = self._layers.snapshot()
        if snapshot is None or not snapshot.state.policy.save_exports:
            raise ConfigurationError(
                tr("Your registry does not allow lists of cameras to be saved. Ask its administrator if you need one.")
            )

    def _sorted_rows(self) -> list[ListRow]:
        proxy = self.dock.proxy
        return [self.dock.model.rows[proxy.mapToSource(proxy.index(i, 0)).row()] for i in range(proxy.rowCount())]

    def _on_layer_gone(self) -> None:
        self._pause.stop()
        self._circle.clear()
        self.incident = None
        # The layer is still in the project at this moment.
        QTimer.singleShot(0, self.show_ready)


def _note(rows: list[ListRow]) -> str:
    if any(row.is_generalised for row in rows):
        return tr(
            "Your registry shows positions as grid cells: a camera is somewhere in its cell, so only the least and "
            "the greatest distance are known."
        )
    return ""
