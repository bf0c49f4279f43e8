"""Hands features to a sink in batches and notices when it refuses them."""

from __future__ import annotations

from qgis.core import QgsFeature, QgsFeatureSink

from camera_registry_plugin.registry.errors import SnapshotError

from . import compat

BATCH = 2000


class Batch:
    """Features on their way into a sink; `flush` sends what waits. Raises SnapshotError where the disk refuses."""

    def __init__(self, sink: QgsFeatureSink) -> None:
        self._sink = sink
        self._waiting: list[QgsFeature] = []

    def add(self, feature: QgsFeature) -> None:
        self._waiting.append(feature)
        if len(self._waiting) >= BATCH:
            self.flush()

    def flush(self) -> None:
        if self._waiting and not self._sink.addFeatures(self._waiting, compat.FAST_INSERT):
            raise SnapshotError(
                "The result could not be written. Check that its place has room and may be written to.",
                self._sink.lastError(),
            )
        self._waiting = []
