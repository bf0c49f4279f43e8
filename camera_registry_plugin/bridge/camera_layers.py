"""Keeps the project's layer of registered cameras and the current snapshot together, while its lease lasts."""

from __future__ import annotations

from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal

from camera_registry_plugin.registry.errors import RegistryError
from camera_registry_plugin.sync.snapshot import Snapshot

from .layer import SNAPSHOT_PROPERTY, camera_layers, create_layer, repoint
from .lease_watch import LeaseWatch, remove_layers


class CameraLayers(QObject):
    """Adds, repoints and removes the layer. `failed` carries the RegistryError of work nobody asked for."""

    failed = pyqtSignal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.watch = LeaseWatch(parent=self)
        self.watch.expired.connect(self.failed)

    def current(self) -> QgsVectorLayer | None:
        """Return the project's layer of registered cameras, None where it has none."""
        layers = camera_layers(QgsProject.instance())
        return layers[0] if layers else None

    def snapshot(self) -> Snapshot | None:
        """Return the snapshot that may be shown now. Raises LeaseExpired after everything of it is gone."""
        return self.watch.snapshot()

    def add(self) -> QgsVectorLayer | None:
        """Return the layer on the current snapshot, added if it was missing; None where nothing was synced yet.

        Raises LeaseExpired, SnapshotError.
        """
        snapshot = self.snapshot()
        if snapshot is None:
            return None
        layer = self.current()
        if layer is None:
            layer = create_layer(snapshot)
            QgsProject.instance().addMapLayer(layer)
            node = QgsProject.instance().layerTreeRoot().findLayer(layer)
            if node is not None:
                node.setExpanded(True)
        else:
            self.show(snapshot)
        self.watch.start()
        return layer

    def show(self, snapshot: Snapshot) -> None:
        """Repoint the project's layers to a snapshot; those that show it already only learn its date."""
        for layer in camera_layers(QgsProject.instance()):
            repoint(layer, snapshot)

    def take_over(self) -> None:
        """Bring layers that came with a project file up to date, or remove them where nothing may be shown."""
        layers = camera_layers(QgsProject.instance())
        if not layers:
            return
        try:
            snapshot = self.snapshot()
            if snapshot is None:
                remove_layers()
                return
            for layer in layers:
                if layer.customProperty(SNAPSHOT_PROPERTY) != str(snapshot.path) or not layer.isValid():
                    repoint(layer, snapshot)
            self.watch.start()
        except RegistryError as error:
            self.failed.emit(error)
