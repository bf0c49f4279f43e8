"""Every difference between the QGIS and Qt versions we run on (3.22 to 4, Qt 5 and Qt 6), in one place."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    Qgis,
    QgsFeatureRequest,
    QgsFeatureSink,
    QgsField,
    QgsMapLayer,
    QgsProcessing,
    QgsSymbolLayer,
    QgsUnitTypes,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import Qt, QVariant

try:
    from qgis.PyQt.QtGui import QAction as QAction  # Qt 6
except ImportError:
    from qgis.PyQt.QtWidgets import QAction as QAction  # Qt 5

# QgsField takes QMetaType from 3.38 on and warns about QVariant types.
if Qgis.versionInt() >= 33800:
    from qgis.PyQt.QtCore import QMetaType

    _TEXT, _NUMBER, _INTEGER = QMetaType.Type.QString, QMetaType.Type.Double, QMetaType.Type.Int
    _DATE = QMetaType.Type.QDate
else:
    _TEXT, _NUMBER, _INTEGER, _DATE = QVariant.String, QVariant.Double, QVariant.Int, QVariant.Date

# From 3.30 on these live in Qgis under other names; the old, unscoped names stay as aliases everywhere.
POINT = QgsWkbTypes.Point
MULTI_POLYGON = QgsWkbTypes.MultiPolygon
POINT_GEOMETRY = QgsWkbTypes.PointGeometry
POLYGON_GEOMETRY = QgsWkbTypes.PolygonGeometry
METRES = QgsUnitTypes.DistanceMeters
MILLIMETRES = QgsUnitTypes.RenderMillimeters
PROCESSING_POINTS = QgsProcessing.TypeVectorPoint
PROCESSING_POLYGONS = QgsProcessing.TypeVectorPolygon
NO_GEOMETRY = QgsFeatureRequest.NoGeometry
FAST_INSERT = QgsFeatureSink.FastInsert
REGENERATE_PRIMARY_KEY = QgsFeatureSink.RegeneratePrimaryKey
SET_SELECTION = QgsVectorLayer.SetSelection
FILL_SYMBOL = Qgis.SymbolType.Fill
FILL_COLOUR = QgsSymbolLayer.PropertyFillColor

# A model's data() wants a plain number: Qt 5 flags convert by int(), Qt 6 flags carry it as their value.
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
ALIGN_RIGHT = _RIGHT.value if hasattr(_RIGHT, "value") else int(_RIGHT)


def text_field(name: str) -> QgsField:
    """Return a field of text."""
    return QgsField(name, _TEXT)


def number_field(name: str) -> QgsField:
    """Return a field of floating-point numbers."""
    return QgsField(name, _NUMBER)


def integer_field(name: str) -> QgsField:
    """Return a field of whole numbers."""
    return QgsField(name, _INTEGER)


def date_field(name: str) -> QgsField:
    """Return a field of dates."""
    return QgsField(name, _DATE)


def message_level(name: str) -> Any:
    """Return the message level "Info", "Warning", "Critical" or "Success"."""
    return getattr(Qgis.MessageLevel, name)


def is_point_layer(layer: QgsMapLayer) -> bool:
    """Return whether a map layer is a vector layer of points."""
    return hasattr(layer, "geometryType") and hasattr(layer, "getFeatures") and layer.geometryType() == POINT_GEOMETRY


def is_single_type(wkb_type: Any) -> bool:
    """Return whether geometries of a WKB type have exactly one part."""
    return bool(QgsWkbTypes.isSingleType(wkb_type))


def is_null(value: Any) -> bool:
    """Return whether an attribute is null: None, or the null QVariant that QGIS on Qt 5 hands out."""
    return value is None or (isinstance(value, QVariant) and value.isNull())
