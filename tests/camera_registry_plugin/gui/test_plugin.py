"""The plugin comes and goes without a trace, and costs nothing before its first use."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QEvent, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QDockWidget, QToolBar

from camera_registry_plugin.bridge import settings
from camera_registry_plugin.bridge.layer import create_layer, source_of
from camera_registry_plugin.plugin import SNAPSHOT_PROPERTY, CameraRegistryPlugin
from tests.camera_registry_plugin.desk_factories import LAT, LON, camera, make_snapshot

ROOT = Path(__file__).resolve().parents[3]

LOAD_AND_REPORT = """
import sys
from qgis.core import QgsApplication
app = QgsApplication([], True)
app.initQgis()
before = set(sys.modules)
from tests.camera_registry_plugin.fake_window import FakeWindow
import camera_registry_plugin
plugin = camera_registry_plugin.classFactory(FakeWindow())
plugin.initGui()
heavy = {"numpy", "pyproj", "shapely", "requests", "sqlite3", "scipy"}
print("IMPORTED", sorted(heavy & {name.split(".")[0] for name in set(sys.modules) - before}))
plugin.unload()
sys.stdout.flush()
import os
os._exit(0)
"""


def state_of(window) -> tuple[int, ...]:
    return (
        len(window.menu.actions()),
        len(window.window.findChildren(QToolBar)),
        len(window.window.findChildren(QDockWidget)),
        len(window.factories),
        len(QgsProject.instance().mapLayers()),
        len(QgsApplication.processingRegistry().providers()),
        len(window.canvas.scene().items()),
        QgsProject.instance().receivers(QgsProject.instance().layersAdded),
    )


def test_loading_and_unloading_five_times_leaves_nothing(window, own_settings, qgis_processing):
    make_snapshot(own_settings, [camera(0)])
    window.window.show()
    before = state_of(window)
    for _round in range(5):
        plugin = CameraRegistryPlugin(window)
        plugin.initGui()
        assert plugin.add_layer().featureCount() == 1
        plugin.activate_tool()
        window.click(LON, LAT)
        QgsProject.instance().removeAllMapLayers()
        plugin.unload()
        QTest.qWait(20)
        # Qt deletes what was told to go when its loop runs.
        QgsApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert state_of(window) == before


def test_nothing_heavy_is_imported_when_qgis_starts():
    done = subprocess.run(
        [sys.executable, "-c", LOAD_AND_REPORT], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert "IMPORTED []" in done.stdout, done.stdout + done.stderr


def test_the_toolbar_has_three_buttons_with_pictures_and_the_menu_five(plugin, window):
    assert [action.text() for action in plugin.toolbar.actions()] == [
        "Add registered cameras", "Find nearby cameras", "Sync registered cameras",
    ]  # fmt: skip
    assert len(window.menu.actions()) == 5
    for action in plugin.actions.values():
        assert not action.icon().pixmap(24, 24).isNull()


def test_the_first_run_says_what_to_do_and_the_button_does_it(plugin, window):
    assert plugin.add_layer() is None
    assert "No registry is set up yet" in plugin.dock.state.text()
    QTest.mouseClick(plugin.dock.step, Qt.MouseButton.LeftButton)
    assert window.options_opened == ["CameraRegistryOptions"]


def test_a_registry_without_a_sync_offers_one(plugin, window, monkeypatch):
    settings.REGISTRY_URL.write("https://registry.example.org")
    plugin.add_layer()
    assert "No cameras have been fetched yet" in plugin.dock.state.text()
    asked = []
    monkeypatch.setattr(plugin.runner, "start", lambda: asked.append(True))
    QTest.mouseClick(plugin.dock.step, Qt.MouseButton.LeftButton)
    assert asked == [True]


def test_a_sync_without_a_registry_says_where_to_enter_it(plugin, window):
    plugin.sync()
    assert "Settings > Options > Camera Registry" in window.message().replace("&gt;", ">")
    assert not plugin.runner.is_running()


def test_an_expired_lease_removes_the_layer_and_says_so(plugin, window, own_settings):
    make_snapshot(own_settings, [camera(0)])
    assert plugin.add_layer() is not None
    plugin.layers.watch._now = lambda: datetime.now(timezone.utc) + timedelta(hours=25)
    plugin.layers.watch.look()
    assert plugin.layers.current() is None
    assert not list(own_settings.glob("*.gpkg"))
    assert "Sync again" in window.message()
    assert plugin.add_layer() is None


def test_an_expired_snapshot_is_never_added(plugin, window, own_settings):
    make_snapshot(own_settings, [camera(0)], synced_at=datetime.now(timezone.utc) - timedelta(hours=30))
    assert plugin.add_layer() is None
    assert not QgsProject.instance().mapLayers()
    assert "Sync again" in window.message()


def test_a_layer_that_comes_with_a_project_is_brought_up_to_date(plugin, own_settings):
    old = create_layer(make_snapshot(own_settings, [camera(0)]))
    new = make_snapshot(own_settings, [camera(0), camera(1)])
    QgsProject.instance().addMapLayer(old)
    QTest.qWait(400)
    assert old.source() == source_of(new.path)
    assert old.featureCount() == 2


def test_a_layer_that_comes_with_a_project_goes_where_nothing_may_be_shown(plugin, own_settings):
    snapshot = make_snapshot(own_settings, [camera(0)])
    layer = create_layer(snapshot)
    (own_settings / "current.json").unlink()
    QgsProject.instance().addMapLayer(layer)
    QTest.qWait(400)
    assert not QgsProject.instance().mapLayers()


def test_adding_twice_keeps_one_layer(plugin, own_settings):
    make_snapshot(own_settings, [camera(0)])
    assert plugin.add_layer().id() == plugin.add_layer().id()
    assert len(QgsProject.instance().mapLayers()) == 1


def test_the_property_known_at_start_is_the_layers_own(own_settings):
    from camera_registry_plugin.bridge import layer

    assert layer.SNAPSHOT_PROPERTY == SNAPSHOT_PROPERTY


def test_the_help_page_is_there():
    from camera_registry_plugin.plugin import HELP_PAGE

    assert "Find nearby cameras" in HELP_PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["layer", "nearby", "sync", "options", "help"])
def test_every_action_has_words_and_a_name_of_its_own(plugin, name):
    action = plugin.actions[name]
    assert action.text()
    assert action.objectName() == f"CameraRegistry_{name}"
