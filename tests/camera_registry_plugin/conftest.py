"""Fixtures for the tests inside QGIS: settings of their own, the provider, an empty project."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def own_settings(tmp_path: Path, qgis_app: object) -> Iterator[Path]:
    """Plugin settings that start empty and leave nothing; the snapshots folder is temporary and returned."""
    from qgis.core import QgsSettings

    from camera_registry_plugin.bridge import settings

    QgsSettings().remove(settings.PREFIX)
    folder = tmp_path / "snapshots"
    settings.SNAPSHOTS_FOLDER.write(str(folder))
    yield folder
    QgsSettings().remove(settings.PREFIX)


@pytest.fixture
def provider(qgis_processing: None) -> Iterator[object]:
    """The provider, registered as QGIS does it."""
    from qgis.core import QgsApplication

    from camera_registry_plugin.algorithms.provider import CameraRegistryProvider

    provider = CameraRegistryProvider()
    assert QgsApplication.processingRegistry().addProvider(provider)
    yield provider
    QgsApplication.processingRegistry().removeProvider(provider)


@pytest.fixture
def owned(qgis_app: object) -> Iterator[Callable[[Any], Any]]:
    """Takes QGIS objects and deletes them with the test: pytest lets go of the last test's fixtures after QGIS ends."""
    from qgis.PyQt import sip

    objects: list[Any] = []

    def own(thing: Any) -> Any:
        objects.append(thing)
        return thing

    yield own
    for thing in reversed(objects):
        if not sip.isdeleted(thing):
            sip.delete(thing)
