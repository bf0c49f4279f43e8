"""The plugin object that QGIS holds: it builds, connects and tears down, and imports the rest when it is used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import Qt, QTimer, QUrl
from qgis.PyQt.QtGui import QDesktopServices, QIcon

from .bridge.compat import QAction
from .bridge.words import tr

if TYPE_CHECKING:
    from qgis.core import QgsMapLayer, QgsVectorLayer

    from .algorithms.provider import CameraRegistryProvider
    from .bridge.camera_layers import CameraLayers
    from .gui.incident_tool import IncidentTool
    from .gui.messages import Messages
    from .gui.nearby_dock import NearbyDock
    from .gui.search_desk import SearchDesk
    from .gui.sync_runner import SyncRunner

MENU = "Camera Registry"
RESOURCES = Path(__file__).resolve().parent / "resources"
HELP_PAGE = RESOURCES / "help" / "index.html"

# The same as bridge.layer.SNAPSHOT_PROPERTY, known here so that opening a project imports nothing.
SNAPSHOT_PROPERTY = "camera_registry/snapshot"

SOON_MS = 250
DOCK_WIDTH = 460


class CameraRegistryPlugin:
    """Toolbar, menu, options page and provider; the desk, the layers and the sync are built on first use."""

    def __init__(self, iface: Any) -> None:
        self.iface = iface
        self.provider: CameraRegistryProvider | None = None
        self.actions: dict[str, QAction] = {}
        self.toolbar: Any = None
        self._options: Any = None
        self._relay: Any = None
        self._messages: Messages | None = None
        self._layers: CameraLayers | None = None
        self._desk: SearchDesk | None = None
        self._runner: SyncRunner | None = None
        self._soon = QTimer()
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)

    def initProcessing(self) -> None:
        """Register the Processing provider; all that `qgis_process` asks for."""
        from .algorithms.provider import CameraRegistryProvider

        self.provider = CameraRegistryProvider()
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self) -> None:
        """Put everything into QGIS's window; unload takes it out in the opposite order."""
        self.initProcessing()
        self._make_actions()
        self.toolbar = self._make_toolbar()
        for action in self.actions.values():
            self.iface.addPluginToMenu(MENU, action)
        self._register_options()
        self._soon.timeout.connect(self._take_over)
        QgsProject.instance().layersAdded.connect(self._on_layers_added)
        self._on_layers_added(list(QgsProject.instance().mapLayers().values()))

    def unload(self) -> None:
        """Take out what initGui put in, and what was built since."""
        QgsProject.instance().layersAdded.disconnect(self._on_layers_added)
        self._soon.stop()
        self._soon.timeout.disconnect(self._take_over)
        self._close_parts()
        self._unregister_options()
        for action in self.actions.values():
            self.iface.removePluginMenu(MENU, action)
        self._remove_toolbar()
        self._remove_actions()
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None

    @property
    def messages(self) -> Messages:
        """Where words for the user go."""
        if self._messages is None:
            from .gui.messages import Messages

            self._messages = Messages(self.iface)
        return self._messages

    @property
    def layers(self) -> CameraLayers:
        """The layer of registered cameras and its lease."""
        if self._layers is None:
            from .bridge.camera_layers import CameraLayers

            self._layers = CameraLayers()
            self._layers.failed.connect(self.messages.error)
        return self._layers

    @property
    def desk(self) -> SearchDesk:
        """The nearby search with its tool and dock."""
        if self._desk is None:
            from .gui.search_desk import SearchDesk

            self._desk = SearchDesk(self.iface, self.layers, self.messages)
            self._desk.tool.setAction(self.actions["nearby"])
            self._desk.sync_requested.connect(self.sync)
            self._desk.options_requested.connect(self.open_options)
            self.iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self._desk.dock)
            self.iface.mainWindow().resizeDocks([self._desk.dock], [DOCK_WIDTH], Qt.Orientation.Horizontal)
        return self._desk

    @property
    def dock(self) -> NearbyDock:
        """The dock that lists the cameras near an incident."""
        return self.desk.dock

    @property
    def tool(self) -> IncidentTool:
        """The map tool that takes the click."""
        return self.desk.tool

    @property
    def runner(self) -> SyncRunner:
        """What runs a sync."""
        if self._runner is None:
            from .gui.sync_runner import SyncRunner

            self._runner = SyncRunner(self.iface, self.messages)
            self._runner.synced.connect(self._on_synced)
            self._runner.ended.connect(self._on_sync_ended)
        return self._runner

    def add_layer(self) -> QgsVectorLayer | None:
        """Add the layer of registered cameras, or tell in words what comes before that."""
        layer = None
        with self.messages.shown():
            layer = self.layers.add()
            if layer is None:
                self.dock.setVisible(True)
                self.desk.show_ready()
        return layer

    def activate_tool(self) -> None:
        """Let the user click an incident."""
        self.desk.activate_tool()

    def sync(self) -> None:
        """Fetch the cameras in the background."""
        self.runner.start()

    def open_options(self) -> None:
        """Open QGIS's options at this plugin's page."""
        from .gui.options_page import PAGE_NAME

        self.iface.showOptionsDialog(self.iface.mainWindow(), PAGE_NAME)

    def open_help(self) -> None:
        """Open the help page in the browser."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(HELP_PAGE)))

    def _on_synced(self, snapshot: Any) -> None:
        with self.messages.shown():
            if self.layers.current() is None:
                self.layers.add()
            else:
                self.layers.show(snapshot)

    def _on_sync_ended(self) -> None:
        if self._desk is not None:
            self._desk.refresh()

    def _on_layers_added(self, layers: list[QgsMapLayer]) -> None:
        # A layer that came with a project may be older than its lease. QGIS is still busy adding it, and others
        # who listen may run the event loop meanwhile: removing it right here would crash.
        if any(layer.customProperty(SNAPSHOT_PROPERTY) for layer in layers):
            self._soon.start()

    def _take_over(self) -> None:
        self.layers.take_over()

    def _make_actions(self) -> None:
        wanted: tuple[tuple[str, str, str, Callable[[], Any]], ...] = (
            ("layer", "camera_registry.svg", tr("Add registered cameras"), self.add_layer),
            ("nearby", "nearby_cameras.svg", tr("Find nearby cameras"), self.activate_tool),
            ("sync", "sync.svg", tr("Sync registered cameras"), self.sync),
            ("options", "options.svg", tr("Options…"), self.open_options),
            ("help", "help.svg", tr("Help"), self.open_help),
        )
        for name, icon, text, slot in wanted:
            action = QAction(_icon(icon), text, self.iface.mainWindow())
            action.setObjectName(f"CameraRegistry_{name}")
            action.triggered.connect(lambda _checked=False, slot=slot: slot())
            self.actions[name] = action
        self.actions["nearby"].setCheckable(True)

    def _remove_actions(self) -> None:
        for action in self.actions.values():
            action.deleteLater()
        self.actions.clear()

    def _make_toolbar(self) -> Any:
        toolbar = self.iface.addToolBar(MENU)
        toolbar.setObjectName("CameraRegistryToolbar")
        for name in ("layer", "nearby", "sync"):
            toolbar.addAction(self.actions[name])
        return toolbar

    def _remove_toolbar(self) -> None:
        self.iface.mainWindow().removeToolBar(self.toolbar)
        self.toolbar.deleteLater()
        self.toolbar = None

    def _register_options(self) -> None:
        from .gui.options_page import OptionsFactory, SyncRelay

        self._relay = SyncRelay()
        self._relay.sync_wanted.connect(self.sync)
        self._options = OptionsFactory(_icon("camera_registry.svg"), self._relay)
        self.iface.registerOptionsWidgetFactory(self._options)

    def _unregister_options(self) -> None:
        self.iface.unregisterOptionsWidgetFactory(self._options)
        self._options = None
        self._relay.sync_wanted.disconnect(self.sync)
        self._relay = None

    def _close_parts(self) -> None:
        if self._runner is not None:
            self._runner.stop()
            self._runner = None
        if self._desk is not None:
            self.iface.removeDockWidget(self._desk.dock)
            self._desk.close()
            self._desk = None
        if self._layers is not None:
            self._layers.watch.stop()
            self._layers = None
        self._messages = None


def _icon(name: str) -> QIcon:
    return QIcon(str(RESOURCES / "icons" / name))
