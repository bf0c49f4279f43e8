"""A sync from its button: from a real registry on loopback to the layer on the map, and every way it can fail."""

from __future__ import annotations

import secrets

import pytest
from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QEvent, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QPushButton

from camera_registry_plugin.bridge import settings
from camera_registry_plugin.gui.options_page import OptionsPage

WAIT_MS = 20_000


@pytest.fixture
def registry(plugin, server, sign_in):
    """The plugin, set up for a registry on loopback with a right token."""
    settings.REGISTRY_URL.write(server.url)
    settings.AUTHCFG.write(sign_in(server.token))
    yield server
    plugin.runner.stop()
    wait_until(lambda: QgsApplication.taskManager().countActiveTasks() == 0)


def wait_until(condition) -> None:
    for _turn in range(WAIT_MS // 20):
        if condition():
            return
        QTest.qWait(20)
    raise AssertionError("waited in vain")


def sync(plugin) -> None:
    """Start a sync and wait until it has ended."""
    ended = []
    plugin.runner.ended.connect(lambda: ended.append(True))
    plugin.sync()
    wait_until(lambda: ended)


def test_the_first_sync_adds_the_layer_and_tells_how_many(plugin, window, registry):
    sync(plugin)
    assert plugin.layers.current().featureCount() == 30
    assert "30 cameras: 30 new or changed, 0 withdrawn" in window.message()
    assert not plugin.runner.is_running()


def test_cameras_that_a_role_is_not_shown_are_counted_and_no_place_is_named(plugin, window, registry):
    registry.registry.policy["not_published"] = {"<b>Helsinki</b>": 4, "Espoo": 3}
    sync(plugin)
    assert "7 more are not shown to your role" in window.message()
    assert "Helsinki" not in window.message()


def test_the_next_sync_repoints_the_layer_and_keeps_its_style(plugin, window, registry):
    sync(plugin)
    layer = plugin.layers.current()
    style, source = layer.renderer().dump(), layer.source()
    registry.registry.withdraw(next(iter(registry.registry.rows)))
    sync(plugin)
    assert plugin.layers.current() is layer
    assert layer.featureCount() == 29
    assert layer.source() != source
    assert layer.renderer().dump() == style
    assert len(QgsProject.instance().mapLayers()) == 1


def test_a_wrong_token_is_one_message_and_the_layer_stays(plugin, window, registry, sign_in):
    sync(plugin)
    settings.AUTHCFG.write(sign_in(secrets.token_hex(16)))
    window.bar.clearWidgets()
    sync(plugin)
    assert len(window.bar.items()) == 1
    assert "token" in window.message()
    assert plugin.layers.current().featureCount() == 30


def test_a_registry_that_is_down_is_one_message_and_the_layer_stays(plugin, window, registry):
    sync(plugin)
    settings.REGISTRY_URL.write("http://127.0.0.1:9")
    window.bar.clearWidgets()
    plugin.sync()
    cancel = [button for button in window.bar.findChildren(QPushButton) if button.text() == "Cancel"]
    assert cancel
    QTest.mouseClick(cancel[0], Qt.MouseButton.LeftButton)
    wait_until(lambda: not plugin.runner.is_running())
    assert "Cancelled" in window.message() or "cannot be reached" in window.message()
    assert plugin.layers.current().featureCount() == 30


def test_ended_access_takes_the_layer_away(plugin, window, registry):
    sync(plugin)
    registry.always = lambda _handler, _answer: (
        403,
        {"Content-Type": "application/json"},
        b'{"code": "access_ended", "description": ""}',
    )
    sync(plugin)
    assert plugin.layers.current() is None
    assert not list(settings.snapshots_folder().glob("*.gpkg"))


def test_a_second_press_does_not_start_a_second_sync(plugin, window, registry):
    plugin.sync()
    task = plugin.runner._task
    plugin.sync()
    assert plugin.runner._task is task
    assert "running already" in window.message()


def test_the_message_may_be_closed_while_the_sync_goes_on(plugin, window, registry):
    plugin.sync()
    task = plugin.runner._task
    window.bar.clearWidgets()
    QgsApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    task.progressChanged.emit(50.0)
    wait_until(lambda: not plugin.runner.is_running())
    assert plugin.layers.current().featureCount() == 30


def test_unloading_during_a_sync_cancels_it(plugin, window, registry):
    plugin.sync()
    task = plugin.runner._task
    plugin.unload()
    wait_until(lambda: QgsApplication.taskManager().countActiveTasks() == 0)
    assert not QgsProject.instance().mapLayers()
    assert task is not None
    plugin.initGui()


def test_the_options_keep_what_is_typed_and_test_the_connection(plugin, registry, owned, own_settings):
    page = owned(OptionsPage())
    assert page.url.text() == registry.url
    QTest.mouseClick(page.test, Qt.MouseButton.LeftButton)
    assert not page.test.isEnabled()
    wait_until(page.test.isEnabled)
    assert page.result.text() == "Connected: you read as investigator, exact positions. Sync at least every 24 hours."
    page.url.setText("http://127.0.0.1:9/ ")
    page.name.setText("City")
    page.apply()
    assert (settings.REGISTRY_URL.read(), settings.REGISTRY_NAME.read()) == ("http://127.0.0.1:9/", "City")
    assert settings.snapshots_folder() == own_settings
    page.url.setText("no address")
    QTest.mouseClick(page.test, Qt.MouseButton.LeftButton)
    wait_until(page.test.isEnabled)
    assert "address" in page.result.text()
    assert page.result.textFormat() == Qt.TextFormat.PlainText


def test_sync_now_in_the_options_keeps_the_page_and_asks_the_plugin(plugin, window, monkeypatch, own_settings, owned):
    asked = []
    monkeypatch.setattr(plugin.runner, "start", lambda: asked.append(settings.REGISTRY_URL.read()))
    page = owned(window.factories[0].createWidget(None))
    page.url.setText("https://registry.example.org")
    QTest.mouseClick(page.sync, Qt.MouseButton.LeftButton)
    assert asked == ["https://registry.example.org"]
