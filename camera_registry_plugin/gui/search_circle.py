"""Draws the place that is searched around and its geodesic circle on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import QgsCoordinateReferenceSystem, QgsGeometry, QgsPointXY
from qgis.gui import QgsMapCanvas, QgsRubberBand
from qgis.PyQt.QtGui import QColor

from camera_registry_plugin.bridge import compat
from camera_registry_plugin.bridge.camera_arrays import WGS84

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LINE = QColor(178, 24, 43)
FILL = QColor(178, 24, 43, 25)
LINE_WIDTH = 2
CROSS_SIZE = 12


class SearchCircle:
    """Two rubber bands: the circle and a cross in its middle."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        self.band = QgsRubberBand(canvas, compat.POLYGON_GEOMETRY)
        self.band.setStrokeColor(LINE)
        self.band.setFillColor(FILL)
        self.band.setWidth(LINE_WIDTH)
        self._cross = QgsRubberBand(canvas, compat.POINT_GEOMETRY)
        self._cross.setIcon(QgsRubberBand.IconType.ICON_CROSS)
        self._cross.setIconSize(CROSS_SIZE)
        self._cross.setStrokeColor(LINE)
        self._cross.setWidth(LINE_WIDTH)

    def draw(self, lon: float, lat: float, ring: NDArray[np.float64]) -> None:
        """Draw a place and its ring (m, 2), both in degrees (EPSG:4326)."""
        crs = QgsCoordinateReferenceSystem(WGS84)
        polygon = QgsGeometry.fromPolygonXY([[QgsPointXY(x, y) for x, y in ring.tolist()]])
        self.band.setToGeometry(polygon, crs)
        self._cross.setToGeometry(QgsGeometry.fromPointXY(QgsPointXY(lon, lat)), crs)

    def clear(self) -> None:
        """Draw nothing."""
        self.band.reset(compat.POLYGON_GEOMETRY)
        self._cross.reset(compat.POINT_GEOMETRY)

    def remove(self) -> None:
        """Take the bands off the canvas for good."""
        for band in (self.band, self._cross):
            self._canvas.scene().removeItem(band)
