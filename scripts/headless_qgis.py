"""Starts QGIS without a window, with Processing and this plugin's provider, as the demo and the benchmarks need it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from qgis.core import QgsApplication

QGIS_PREFIX = "/usr"
PROCESSING_PLUGIN = f"{QGIS_PREFIX}/share/qgis/python/plugins"


@contextlib.contextmanager
def headless_qgis() -> Iterator[QgsApplication]:
    """Yield the running application and end it afterwards; once a process, since QGIS cannot start a second time."""
    QgsApplication.setPrefixPath(QGIS_PREFIX, True)
    application = QgsApplication([], True)
    application.initQgis()
    sys.path.append(PROCESSING_PLUGIN)
    from processing.core.Processing import Processing

    from camera_registry_plugin.algorithms.provider import CameraRegistryProvider

    Processing.initialize()
    provider = CameraRegistryProvider()
    application.processingRegistry().addProvider(provider)
    try:
        yield application
    finally:
        application.exitQgis()
