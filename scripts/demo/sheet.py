"""The demo's map sheet: what an investigator sees beside what an analyst sees, with legend, scale and credit."""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsLayoutExporter,
    QgsLayoutItem,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemScaleBar,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsLegendStyle,
    QgsPrintLayout,
    QgsProject,
    QgsRectangle,
    QgsTextFormat,
    QgsUnitTypes,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor, QFont

from .map_extract import CREDIT

DPI = 150
MARGIN_MM = 8.0
MAP_TOP_MM = 30.0
MAP_WIDTH_MM, MAP_HEIGHT_MM = 104.0, 160.0
SECOND_MAP_MM = MARGIN_MM + MAP_WIDTH_MM + 6.0
LEGEND_MM = SECOND_MAP_MM + MAP_WIDTH_MM + 5.0
MILLIMETRES = QgsUnitTypes.LayoutMillimeters

EXPLANATION = (
    "A wedge shows where a camera looks, where that is known.\n\n"
    "A hatched square is a cell: the pale cameras are somewhere inside, and nobody who is told only the cell "
    "learns where."
)

Layers = dict[str, QgsVectorLayer]


def write_sheet(target: Path, layers: Layers, extent: QgsRectangle) -> int:
    """Draw the sheet (A4, landscape) into a PNG and return the exporter's result code."""
    layout = QgsPrintLayout(QgsProject.instance())
    layout.initializeDefaults()
    _label(layout, "Registered cameras near incidents, central Helsinki", MARGIN_MM, 6, 220, 9, 15, bold=True)
    _label(layout, "Demo: every registration and every incident is made up.", MARGIN_MM, 15, 220, 6, 9)
    top = MAP_TOP_MM - 7
    _label(layout, "An investigator: exact positions", MARGIN_MM, top, MAP_WIDTH_MM, 6, 10, bold=True)
    _label(layout, "An analyst: cells of at least 20 addresses", SECOND_MAP_MM, top, MAP_WIDTH_MM, 6, 10, bold=True)
    exact = _map(layout, [layers[name] for name in _order("investigator")], extent, MARGIN_MM)
    _map(layout, [layers[name] for name in _order("analyst")], extent, SECOND_MAP_MM)
    _legend(layout, layers)
    _label(layout, EXPLANATION, LEGEND_MM, MAP_TOP_MM + 98, 62, 40, 7)
    _scale_bar(layout, exact)
    _label(layout, CREDIT, MARGIN_MM, MAP_TOP_MM + MAP_HEIGHT_MM + 2, 150, 5, 7)
    settings = QgsLayoutExporter.ImageExportSettings()
    settings.dpi = DPI
    return QgsLayoutExporter(layout).exportToImage(str(target), settings)


def _order(cameras: str) -> tuple[str, ...]:
    return ("incidents", cameras, "circles", "streets", "buildings")


def _place(layout: QgsPrintLayout, item: QgsLayoutItem, x: float, y: float, width: float, height: float) -> None:
    item.attemptMove(QgsLayoutPoint(x, y, MILLIMETRES))
    item.attemptResize(QgsLayoutSize(width, height, MILLIMETRES))
    layout.addLayoutItem(item)


def _map(layout: QgsPrintLayout, layers: list[QgsVectorLayer], extent: QgsRectangle, x: float) -> QgsLayoutItemMap:
    item = QgsLayoutItemMap(layout)
    item.setRect(0, 0, MAP_WIDTH_MM, MAP_HEIGHT_MM)  # a map without a size has no extent to zoom from
    item.setExtent(extent)
    _place(layout, item, x, MAP_TOP_MM, MAP_WIDTH_MM, MAP_HEIGHT_MM)
    item.setLayers(layers)
    item.setKeepLayerSet(True)
    item.setBackgroundColor(QgsProject.instance().backgroundColor())
    item.setFrameEnabled(True)
    item.setFrameStrokeColor(QColor("#8a8377"))
    item.zoomToExtent(extent)
    return item


def _label(
    layout: QgsPrintLayout, text: str, x: float, y: float, width: float, height: float, points: int, bold: bool = False
) -> None:
    item = QgsLayoutItemLabel(layout)
    item.setText(text)
    item.setFont(_font(points, bold))
    _place(layout, item, x, y, width, height)


def _font(points: int, bold: bool = False) -> QFont:
    font = QFont("DejaVu Sans", points)
    font.setBold(bold)
    return font


def _legend(layout: QgsPrintLayout, layers: Layers) -> None:
    item = QgsLayoutItemLegend(layout)
    item.setAutoUpdateModel(False)
    tree = item.model().rootGroup()
    tree.removeAllChildren()
    for name in ("incidents", "circles", "analyst"):  # the analyst's classes include the investigator's
        tree.addLayer(layers[name])
    for style in (QgsLegendStyle.Group, QgsLegendStyle.Subgroup, QgsLegendStyle.SymbolLabel):
        item.setStyleFont(style, _font(7, bold=style != QgsLegendStyle.SymbolLabel))
    item.setSymbolWidth(5)
    item.setBackgroundEnabled(False)
    _place(layout, item, LEGEND_MM, MAP_TOP_MM - 2, 66, 120)
    item.adjustBoxSize()


def _scale_bar(layout: QgsPrintLayout, map_item: QgsLayoutItemMap) -> None:
    item = QgsLayoutItemScaleBar(layout)
    item.setStyle("Single Box")
    item.setLinkedMap(map_item)
    item.setUnits(QgsUnitTypes.DistanceMeters)
    item.setUnitLabel("m")
    item.setNumberOfSegments(2)
    item.setNumberOfSegmentsLeft(0)
    item.setUnitsPerSegment(200)
    text = QgsTextFormat()
    text.setFont(_font(7))
    text.setSize(7)
    item.setTextFormat(text)
    _place(layout, item, LEGEND_MM, MAP_TOP_MM + MAP_HEIGHT_MM - 14, 60, 12)
