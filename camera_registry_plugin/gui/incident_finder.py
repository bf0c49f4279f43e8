"""Finds the incident under a click: a feature of a visible point layer, else the bare place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import numpy as np
from qgis.core import QgsFeature, QgsFeatureRequest, QgsPointXY, QgsProject, QgsRectangle, QgsVectorLayer
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QDate, QDateTime, Qt

from camera_registry_plugin.bridge.camera_arrays import is_single, points_of, require_crs, to_wgs84
from camera_registry_plugin.bridge.compat import is_null, is_point_layer
from camera_registry_plugin.bridge.layer import is_camera_layer
from camera_registry_plugin.bridge.words import tr
from camera_registry_plugin.registry.errors import InvalidInput

CLICK_PIXELS = 10
# Incidents nearer to each other than this cannot be told apart by a click: they form a stack.
STACK_PIXELS = 3
MOST_UNDER_A_CLICK = 2000


@dataclass(frozen=True)
class Incident:
    """A place that is searched around (degrees, EPSG:4326): its words, and its start where it has one (UTC)."""

    lon: float
    lat: float
    words: str
    start: datetime | None = None


@dataclass(frozen=True)
class _Candidate:
    layer: QgsVectorLayer
    feature: QgsFeature
    x: float
    y: float
    pixels: float


def find_incidents(canvas: QgsMapCanvas, place: QgsPointXY) -> list[Incident]:
    """Return the incidents under a click on the canvas, newest first; the bare place where there is none.

    More than one comes back only where several lie so close to the nearest one that no click could choose.
    Raises InvalidInput where the nearest one's layer, or the map, has no coordinate system.
    """
    candidates: list[_Candidate] = []
    for layer in canvas.layers():
        if is_point_layer(layer) and not is_camera_layer(layer) and layer.isInScaleRange(canvas.scale()):
            candidates += _under(canvas, layer, place)
    if not candidates:
        return [bare_place(canvas, place)]
    nearest = min(candidates, key=lambda one: one.pixels)
    pixel = canvas.mapUnitsPerPixel()
    map_nearest = _on_map(canvas, nearest)
    stack = [one for one in candidates if _on_map(canvas, one).distance(map_nearest) <= STACK_PIXELS * pixel]
    incidents = [_incident(one) for one in stack]
    oldest = datetime.min.replace(tzinfo=timezone.utc)
    return sorted(incidents, key=lambda one: one.start or oldest, reverse=True)


def bare_place(canvas: QgsMapCanvas, place: QgsPointXY) -> Incident:
    """Return a place on the map that is no feature."""
    crs = canvas.mapSettings().destinationCrs()
    if not crs.isValid():
        raise InvalidInput(
            tr(
                "The map has no coordinate system, so this place cannot be searched. Choose one at the window's "
                "lower right."
            )
        )
    lon, lat = to_wgs84(np.array([place.x()]), np.array([place.y()]), crs, QgsProject.instance().transformContext())
    return Incident(float(lon[0]), float(lat[0]), f"{lat[0]:.5f}, {lon[0]:.5f}")


def _under(canvas: QgsMapCanvas, layer: QgsVectorLayer, place: QgsPointXY) -> list[_Candidate]:
    settings = canvas.mapSettings()
    reach = CLICK_PIXELS * canvas.mapUnitsPerPixel()
    box = QgsRectangle(place.x() - reach, place.y() - reach, place.x() + reach, place.y() + reach)
    request = QgsFeatureRequest(settings.mapToLayerCoordinates(layer, box)).setLimit(MOST_UNDER_A_CLICK)
    found = []
    for feature in layer.getFeatures(request):
        for x, y in points_of(feature.geometry(), is_single(layer)):
            on_map = settings.layerToMapCoordinates(layer, QgsPointXY(x, y))
            pixels = on_map.distance(place) / canvas.mapUnitsPerPixel()
            if pixels <= CLICK_PIXELS:
                found.append(_Candidate(layer, feature, x, y, pixels))
    return found


def _on_map(canvas: QgsMapCanvas, candidate: _Candidate) -> QgsPointXY:
    return canvas.mapSettings().layerToMapCoordinates(candidate.layer, QgsPointXY(candidate.x, candidate.y))


def _incident(candidate: _Candidate) -> Incident:
    layer = candidate.layer
    require_crs(layer.crs(), layer.name())
    x, y = np.array([candidate.x]), np.array([candidate.y])
    lon, lat = to_wgs84(x, y, layer.crs(), QgsProject.instance().transformContext())
    start, when = _first_time(candidate.feature)
    words = f"{layer.name()} {_name_of(layer, candidate.feature)}"
    return Incident(float(lon[0]), float(lat[0]), f"{words}, {when}" if when else words, start)


def _name_of(layer: QgsVectorLayer, feature: QgsFeature) -> str:
    """Return the value of the layer's display field, or the feature's number; never an evaluated expression."""
    column = layer.fields().lookupField(layer.displayField())
    value = feature.attribute(column) if column >= 0 else None
    return str(feature.id()) if is_null(value) or isinstance(value, (QDate, QDateTime)) else str(value)


def _first_time(feature: QgsFeature) -> tuple[datetime | None, str]:
    """Return the first date or time among a feature's attributes, as a moment in UTC and as words."""
    for value in feature.attributes():
        moment, words = _moment(value)
        if moment is not None:
            return moment, words
    return None, ""


def _moment(value: Any) -> tuple[datetime | None, str]:
    if isinstance(value, QDateTime) and value.isValid():
        words = value.toString("yyyy-MM-dd HH:mm")
    elif isinstance(value, QDate) and value.isValid():
        words = value.toString(Qt.DateFormat.ISODate)
        value = value.startOfDay()
    else:
        return None, ""
    return datetime.fromtimestamp(value.toSecsSinceEpoch(), timezone.utc), words
