"""Ties the rows of the dock to the cameras on the map: selection both ways, and zoom."""

from __future__ import annotations

from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsProject, QgsVectorLayer
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, pyqtSignal

from camera_registry_plugin.bridge import compat
from camera_registry_plugin.bridge.camera_arrays import WGS84
from camera_registry_plugin.bridge.layer import feature_ids
from camera_registry_plugin.canvass.rows import ListRow

from .nearby_dock import NearbyDock

ZOOM_SCALE_EXACT = 1_000
ZOOM_SCALE_CELL = 10_000


class MapLink(QObject):
    """Watches the layer whose cameras are listed; `layer_changed` and `layer_gone` tell what happened to it."""

    layer_changed = pyqtSignal()
    layer_gone = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas, dock: NearbyDock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._dock = dock
        self.layer: QgsVectorLayer | None = None
        dock.cameras_selected.connect(self._select_on_map)
        dock.camera_activated.connect(self._zoom_to)

    def watch(self, layer: QgsVectorLayer) -> None:
        """Follow this layer from now on."""
        if layer is self.layer:
            return
        self.unwatch()
        self.layer = layer
        layer.selectionChanged.connect(self.show_selection)
        layer.dataSourceChanged.connect(self.layer_changed)
        layer.willBeDeleted.connect(self._on_deleted)

    def unwatch(self) -> None:
        """Follow no layer."""
        layer, self.layer = self.layer, None
        if layer is not None:
            layer.selectionChanged.disconnect(self.show_selection)
            layer.dataSourceChanged.disconnect(self.layer_changed)
            layer.willBeDeleted.disconnect(self._on_deleted)

    def show_selection(self, *_changes: object) -> None:
        """Select the rows of the cameras that are selected on the map."""
        if self.layer is not None:
            selected = set(self.layer.selectedFeatureIds())
            self._dock.select_cameras({row.camera_id for row in self._dock.model.rows if row.feature_id in selected})

    def _select_on_map(self, camera_ids: list[str]) -> None:
        if self.layer is not None:
            self.layer.selectByIds(feature_ids(self.layer, camera_ids) if camera_ids else [], compat.SET_SELECTION)

    def _zoom_to(self, row: ListRow) -> None:
        if self.layer is None:
            return
        feature = self.layer.getFeature(row.feature_id)
        if not feature.hasGeometry():
            return
        to_map = QgsCoordinateTransform(
            QgsCoordinateReferenceSystem(WGS84), self._canvas.mapSettings().destinationCrs(), QgsProject.instance()
        )
        self._canvas.setCenter(to_map.transform(feature.geometry().asPoint()))
        self._canvas.zoomScale(ZOOM_SCALE_CELL if row.is_generalised else ZOOM_SCALE_EXACT)

    def _on_deleted(self) -> None:
        # Qt cuts the connections of a layer that goes; cutting them here as well would crash.
        self.layer = None
        self.layer_gone.emit()
