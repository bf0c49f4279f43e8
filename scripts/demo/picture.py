"""Real QGIS, without a window: the cameras near every demo incident as a table, a project, and a map as a picture."""

from __future__ import annotations

import sys
from pathlib import Path

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFillSymbol,
    QgsLayoutExporter,
    QgsLineSymbol,
    QgsMarkerSymbol,
    QgsPalLayerSettings,
    QgsProject,
    QgsRectangle,
    QgsReferencedRectangle,
    QgsRendererCategory,
    QgsSingleSymbolRenderer,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtGui import QColor, QFont

from camera_registry_plugin.bridge.layer import create_layer
from camera_registry_plugin.sync.snapshot import SnapshotFolder
from scripts.headless_qgis import headless_qgis

from .files import DISTANCE_M, DemoFiles
from .sheet import write_sheet

PROJECT_CRS = "EPSG:3067"
STREET_WIDTHS_MM = {"primary": 1.6, "secondary": 1.4, "tertiary": 1.2, "residential": 0.9, "unclassified": 0.9}


def find_nearby(files: DemoFiles) -> None:
    """Run the algorithm for the whole incident layer, into a CSV table and a layer of circles."""
    import processing

    for target in (files.nearby, files.circles):
        target.unlink(missing_ok=True)
    parameters = {
        "INCIDENTS": f"{files.incidents}|layername=incidents",
        "CAMERAS": f"{files.cameras}|layername=registered_cameras",
        "DISTANCE": DISTANCE_M,
        "KEEP_EMPTY": True,
        "OUTPUT": str(files.nearby),
        "BUFFERS": str(files.circles),
    }
    processing.run("cameraregistry:nearbycameras", parameters)


def build_project(files: DemoFiles) -> dict[str, QgsVectorLayer]:
    """Fill the project and save it; return its layers by name, top first."""
    project = QgsProject.instance()
    project.setTitle("Camera Registry demo (synthetic registrations and incidents)")
    project.setCrs(QgsCoordinateReferenceSystem(PROJECT_CRS))
    project.setBackgroundColor(QColor("#f4f1ea"))
    layers = {
        "incidents": _incidents(files),
        "investigator": _cameras(files.snapshots / "investigator"),
        "circles": _circles(files),
        "streets": _streets(files),
        "buildings": _buildings(files),
    }
    for layer in layers.values():
        if not layer.isValid():
            raise SystemExit(f"demo: the layer {layer.name()} could not be opened.")
        project.addMapLayer(layer, False)
        project.layerTreeRoot().addLayer(layer)
    project.layerTreeRoot().findLayer(layers["streets"]).setExpanded(False)
    extent = QgsReferencedRectangle(overview(layers), project.crs())
    project.viewSettings().setDefaultViewExtent(extent)
    project.write(str(files.project))
    # On the sheet only: in the project the plugin would point it at the desk's own snapshot, the investigator's.
    layers["analyst"] = project.addMapLayer(_cameras(files.snapshots / "analyst"), False)
    return layers


def overview(layers: dict[str, QgsVectorLayer]) -> QgsRectangle:
    """Return the extent that the pictures show, in the project's CRS."""
    project = QgsProject.instance()
    to_project = QgsCoordinateTransform(layers["circles"].crs(), project.crs(), project)
    extent = to_project.transformBoundingBox(layers["circles"].extent())
    extent.scale(1.06)
    return extent


def _cameras(folder: Path) -> QgsVectorLayer:
    snapshot = SnapshotFolder(folder).current()
    if snapshot is None:
        raise SystemExit(f"demo: {folder} holds no snapshot.")
    return create_layer(snapshot)


def _incidents(files: DemoFiles) -> QgsVectorLayer:
    layer = QgsVectorLayer(f"{files.incidents}|layername=incidents", "Incidents (synthetic)", "ogr")
    symbol = {"name": "cross2", "color": "#b00020", "outline_color": "#b00020", "outline_width": "0.9", "size": "3.6"}
    layer.setRenderer(QgsSingleSymbolRenderer(QgsMarkerSymbol.createSimple(symbol)))
    return layer


def label_incidents(layer: QgsVectorLayer) -> None:
    """Write each incident's number beside it."""
    text = QgsTextFormat()
    text.setFont(QFont("DejaVu Sans", 7))
    text.setSize(7)
    text.setColor(QColor("#7a0016"))
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    halo.setSize(0.8)
    text.setBuffer(halo)
    settings = QgsPalLayerSettings()
    settings.fieldName = "incident_number"
    settings.setFormat(text)
    settings.placement = QgsPalLayerSettings.AroundPoint
    settings.dist = 1.6
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    layer.setLabelsEnabled(True)


def _circles(files: DemoFiles) -> QgsVectorLayer:
    layer = QgsVectorLayer(str(files.circles), f"{DISTANCE_M} m around an incident", "ogr")
    symbol = {"color": "176,0,32,16", "outline_color": "176,0,32,190", "outline_width": "0.35", "outline_style": "dash"}
    layer.setRenderer(QgsSingleSymbolRenderer(QgsFillSymbol.createSimple(symbol)))
    return layer


def _buildings(files: DemoFiles) -> QgsVectorLayer:
    layer = QgsVectorLayer(f"{files.basemap}|layername=buildings", "Buildings", "ogr")
    symbol = {"color": "#ded7ca", "outline_color": "#cbc2b2", "outline_width": "0.15"}
    layer.setRenderer(QgsSingleSymbolRenderer(QgsFillSymbol.createSimple(symbol)))
    return layer


def _streets(files: DemoFiles) -> QgsVectorLayer:
    layer = QgsVectorLayer(f"{files.basemap}|layername=streets", "Streets", "ogr")
    categories = [
        QgsRendererCategory(kind, _street_line(width), kind.capitalize()) for kind, width in STREET_WIDTHS_MM.items()
    ]
    categories.append(QgsRendererCategory("", _street_line(0.5), "Other"))
    layer.setRenderer(QgsCategorizedSymbolRenderer("highway", categories))
    return layer


def _street_line(width_mm: float) -> QgsLineSymbol:
    return QgsLineSymbol.createSimple({"line_color": "#ffffff", "line_width": str(width_mm), "capstyle": "round"})


def main(folder: Path) -> int:
    """Write the table, the project and the map below `folder`."""
    files = DemoFiles(folder)
    with headless_qgis():
        find_nearby(files)
        layers = build_project(files)
        label_incidents(layers["incidents"])
        outcome = write_sheet(files.map_picture, layers, overview(layers))
        QgsProject.instance().clear()
    return 0 if outcome == QgsLayoutExporter.Success else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
