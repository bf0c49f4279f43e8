"""Run by the real QGIS (--code): clicks the demo incident with the most cameras, and photographs the window.

Each step waits for what it needs on a timer; the event loop is QGIS's own.
"""

from __future__ import annotations

import os
import traceback
from collections import Counter
from pathlib import Path
from typing import Any, Callable

from qgis.core import QgsCoordinateTransform, QgsProject, QgsRectangle, QgsVectorLayer
from qgis.PyQt.QtCore import QPoint, Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QDockWidget
from qgis.utils import iface, plugins

FOLDER = Path(os.environ["CAMERA_REGISTRY_DEMO"])
WINDOW = (0, 0, 1680, 1050)
DOCK_WIDTH = 700
HALF_WIDTH_M = 260.0


def busiest_incident() -> Any:
    """Return the feature of the incident near which most cameras are, by the table that the demo has made."""
    table = QgsVectorLayer(f"file:{FOLDER / 'nearby_cameras.csv'}?type=csv&geomType=none", "t", "delimitedtext")
    counted = Counter(row["incident_number"] for row in table.getFeatures() if row["camera_id"])
    wanted = counted.most_common(1)[0][0]
    return next(feature for feature in incidents().getFeatures() if feature["incident_number"] == wanted)


def incidents() -> QgsVectorLayer:
    """Return the project's incident layer."""
    return next(layer for layer in QgsProject.instance().mapLayers().values() if layer.name().startswith("Incidents"))


def arrange() -> None:
    """Make the window as large as the screen, with the layers at the left and nothing else but the dock."""
    window = iface.mainWindow()
    window.setGeometry(*WINDOW)
    for dock in window.findChildren(QDockWidget):
        dock.setVisible(dock.objectName() == "Layers")
    window.resizeDocks([plugins["camera_registry_plugin"].dock], [DOCK_WIDTH], Qt.Horizontal)
    canvas = iface.mapCanvas()
    place = incident_on_canvas(busiest_incident())
    canvas.setExtent(
        QgsRectangle(
            place.x() - HALF_WIDTH_M, place.y() - HALF_WIDTH_M, place.x() + HALF_WIDTH_M, place.y() + HALF_WIDTH_M
        )
    )
    canvas.refresh()
    iface.setActiveLayer(incidents())
    plugins["camera_registry_plugin"].activate_tool()


def incident_on_canvas(feature: Any) -> Any:
    """Return an incident's place in the canvas's CRS."""
    project = QgsProject.instance()
    transform = QgsCoordinateTransform(incidents().crs(), iface.mapCanvas().mapSettings().destinationCrs(), project)
    return transform.transform(feature.geometry().asPoint())


def click() -> None:
    """Click where the incident is drawn, as an investigator would."""
    canvas = iface.mapCanvas()
    place = canvas.getCoordinateTransform().transform(incident_on_canvas(busiest_incident()))
    spot = QPoint(round(place.x()), round(place.y()))
    QTest.mouseMove(canvas.viewport(), spot)
    QTest.mouseClick(canvas.viewport(), Qt.LeftButton, Qt.NoModifier, spot)


def select_row() -> None:
    """Select the third row, which selects its camera on the map."""
    plugins["camera_registry_plugin"].dock.table.selectRow(2)


def photograph() -> None:
    """Save the window as a picture."""
    iface.mainWindow().grab().save(str(FOLDER / "desk.png"))


def leave() -> None:
    """End QGIS; with a project open it would ask whether to save, and wait."""
    QgsProject.instance().setDirty(False)
    QgsProject.instance().clear()
    QApplication.exit(0)


STEPS: list[tuple[int, Callable[[], None]]] = [
    (3000, arrange),
    (2500, click),
    (2500, select_row),
    (2000, photograph),
    (200, leave),
]


def follow(steps: list[tuple[int, Callable[[], None]]]) -> None:
    """Do the first step after its wait, then the others; a step that fails is told, and QGIS ended."""
    if not steps:
        return
    wait, step = steps[0]

    def go_on() -> None:
        try:
            step()
        except Exception:
            traceback.print_exc()
            leave()
        else:
            follow(steps[1:])

    QTimer.singleShot(wait, go_on)


follow(STEPS)
