"""The plugin in a window, torn down again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from qgis.core import QgsProject

from camera_registry_plugin.plugin import CameraRegistryPlugin
from tests.camera_registry_plugin.bridge.conftest import server, sign_in
from tests.camera_registry_plugin.fake_window import FakeWindow

__all__ = ["server", "sign_in"]


@pytest.fixture
def window(qgis_app: object) -> Iterator[FakeWindow]:
    """A window without the plugin."""
    QgsProject.instance().removeAllMapLayers()
    window = FakeWindow()
    yield window
    window.close()


@pytest.fixture
def plugin(window: FakeWindow, own_settings: object, qgis_processing: None) -> Iterator[CameraRegistryPlugin]:
    """The plugin, started in the window with empty settings."""
    plugin = CameraRegistryPlugin(window)
    plugin.initGui()
    yield plugin
    plugin.unload()
