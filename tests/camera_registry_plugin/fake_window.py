"""A window like QGIS's with a real canvas, message bar, docks and toolbars, for the plugin to live in."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsCoordinateReferenceSystem, QgsMapLayer, QgsPointXY, QgsProject, QgsRectangle
from qgis.gui import QgsMapCanvas, QgsMessageBar
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QMainWindow, QMenu, QToolBar, QVBoxLayout, QWidget


class FakeWindow:
    """The part of QgisInterface that the plugin uses."""

    def __init__(self) -> None:
        self.window = QMainWindow()
        self.window.resize(1000, 600)
        middle = QWidget()
        layout = QVBoxLayout(middle)
        self.bar = QgsMessageBar()
        self.canvas = QgsMapCanvas()
        layout.addWidget(self.bar)
        layout.addWidget(self.canvas)
        self.window.setCentralWidget(middle)
        self.menu = QMenu()
        self.factories: list[Any] = []
        self.options_opened: list[str] = []
        self.canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4326"))

    def show(self, layers: list[QgsMapLayer], extent: QgsRectangle) -> None:
        """Show the window with layers; a click works only after a short wait and before the extent is set."""
        self.window.show()
        QTest.qWait(50)
        self.canvas.setLayers(layers)
        self.canvas.setExtent(extent)
        QTest.qWait(20)

    def pixel_of(self, x: float, y: float) -> QPoint:
        """Where a place in map coordinates is on the canvas."""
        return self.canvas.getCoordinateTransform().transform(QgsPointXY(x, y)).toQPointF().toPoint()

    def click(self, x: float, y: float, right: int = 0) -> None:
        """Click a place in map coordinates, moved by some pixels to the right."""
        where = self.pixel_of(x, y) + QPoint(right, 0)
        QTest.mouseClick(self.canvas.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)

    def message(self) -> str:
        """The text of the message shown now."""
        item = self.bar.currentItem()
        return item.text() if item is not None else ""

    def close(self) -> None:
        QgsProject.instance().removeAllMapLayers()
        self.canvas.setLayers([])
        sip.delete(self.menu)
        sip.delete(self.window)

    def mainWindow(self) -> QMainWindow:
        return self.window

    def mapCanvas(self) -> QgsMapCanvas:
        return self.canvas

    def messageBar(self) -> QgsMessageBar:
        return self.bar

    def addToolBar(self, name: str) -> QToolBar:
        return self.window.addToolBar(name)

    def addPluginToMenu(self, _name: str, action: Any) -> None:
        self.menu.addAction(action)

    def removePluginMenu(self, _name: str, action: Any) -> None:
        self.menu.removeAction(action)

    def addDockWidget(self, area: Any, dock: Any) -> None:
        self.window.addDockWidget(area, dock)

    def removeDockWidget(self, dock: Any) -> None:
        self.window.removeDockWidget(dock)

    def registerOptionsWidgetFactory(self, factory: Any) -> None:
        self.factories.append(factory)

    def unregisterOptionsWidgetFactory(self, factory: Any) -> None:
        self.factories.remove(factory)

    def showOptionsDialog(self, _parent: Any, page: str) -> None:
        self.options_opened.append(page)
