"""Searches map layers for the cameras near a place, keeping each layer's index until its data change."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from qgis.core import QgsCoordinateTransformContext, QgsFeatureRequest, QgsProject, QgsVectorLayer

from camera_registry_plugin.registry.errors import InvalidInput
from camera_registry_plugin.registry.fields import FIELD_NAMES

from . import compat
from .camera_arrays import CameraArrays, read_cameras
from .compat import is_null
from .snapshot_arrays import snapshot_arrays
from .snapshot_facts import grid_for

if TYPE_CHECKING:
    from camera_registry_plugin.canvass.rows import ListRow
    from camera_registry_plugin.search.nearby import CameraSearch

# Whatever of these a layer emits, its index no longer tells the truth.
_CHANGES = ("dataChanged", "dataSourceChanged", "layerModified", "subsetStringChanged", "crsChanged")


class Indexed(NamedTuple):
    """A layer's cameras, ready to be searched; `cameras` tells the feature id of each row."""

    cameras: CameraArrays
    search: CameraSearch


class LayerSearches:
    """The indexes of the layers searched so far; built on first use, dropped when a layer's data change."""

    def __init__(self) -> None:
        self._indexed: dict[str, Indexed] = {}
        self._connections: dict[str, list[tuple[Any, Any]]] = {}

    def indexed(self, layer: QgsVectorLayer, context: QgsCoordinateTransformContext | None = None) -> Indexed:
        """Return a layer's index. Raises InvalidInput without a coordinate system, MissingPackage without pyproj."""
        from camera_registry_plugin.search.nearby import CameraSearch

        layer_id = layer.id()
        if layer_id not in self._indexed:
            cameras = snapshot_arrays(layer)
            if cameras is None:
                cameras = read_cameras(layer, layer.name(), context or QgsProject.instance().transformContext())
            search = CameraSearch(cameras.lon, cameras.lat, cameras.precision_m, grid_for(layer))
            self._indexed[layer_id] = Indexed(cameras, search)
            self._watch(layer)
        return self._indexed[layer_id]

    def near(
        self,
        layer: QgsVectorLayer,
        lon: float,
        lat: float,
        radius_m: float,
        incident_start: datetime | None = None,
    ) -> list[ListRow]:
        """Return the list of a layer's cameras within metres of a place (EPSG:4326), nearest first.

        Raises InvalidInput for a radius out of range, a place that is none, a layer without coordinate system.
        """
        from camera_registry_plugin.canvass.rows import Found, build_rows
        from camera_registry_plugin.search.geodesy import check_radius

        radius = check_radius(radius_m)
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            raise InvalidInput("This place is not on the map of the Earth. Click inside it.")
        indexed = self.indexed(layer)
        near = indexed.search.near(lon, lat, radius)
        found = [Found(*values) for values in zip(*(column.tolist() for column in near[1:]))]
        feature_ids = {item.camera: int(indexed.cameras.feature_ids[item.camera]) for item in found}
        by_feature = attributes_of(layer, set(feature_ids.values()))
        attributes = {camera: by_feature.get(feature_id, {}) for camera, feature_id in feature_ids.items()}
        return build_rows(found, attributes, feature_ids, incident_start)

    def forget(self, layer_id: str, *_changed: object) -> None:
        """Drop a layer's index."""
        self._indexed.pop(layer_id, None)

    def clear(self) -> None:
        """Drop everything and stop watching the layers."""
        self._indexed.clear()
        for connections in self._connections.values():
            for signal, slot in connections:
                signal.disconnect(slot)
        self._connections.clear()

    def _watch(self, layer: QgsVectorLayer) -> None:
        layer_id = layer.id()
        if layer_id in self._connections:
            return
        forget = partial(self.forget, layer_id)
        connections = [(getattr(layer, name), forget) for name in _CHANGES]
        connections.append((layer.willBeDeleted, partial(self._on_deleted, layer_id)))
        for signal, slot in connections:
            signal.connect(slot)
        self._connections[layer_id] = connections

    def _on_deleted(self, layer_id: str) -> None:
        # Disconnecting from a layer that is gone crashes; Qt has cut its connections already.
        self._connections.pop(layer_id, None)
        self.forget(layer_id)


def attributes_of(layer: QgsVectorLayer, feature_ids: set[int]) -> dict[int, dict[str, Any]]:
    """Return the published fields of features, by feature id; null is None and absent fields are left out."""
    if not feature_ids:
        return {}
    fields = layer.fields()
    columns = {name: fields.lookupField(name) for name in FIELD_NAMES}
    columns = {name: column for name, column in columns.items() if column >= 0}
    request = QgsFeatureRequest().setFilterFids(list(feature_ids)).setSubsetOfAttributes(list(columns.values()))
    request.setFlags(compat.NO_GEOMETRY)
    found = {}
    for feature in layer.getFeatures(request):
        values = {name: feature.attribute(column) for name, column in columns.items()}
        found[feature.id()] = {name: None if is_null(value) else value for name, value in values.items()}
    return found
