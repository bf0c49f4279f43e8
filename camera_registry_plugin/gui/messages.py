"""The one place where errors and results become words on the user's screen."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from qgis.core import QgsMessageLog

from camera_registry_plugin.bridge.compat import message_level
from camera_registry_plugin.bridge.words import tr
from camera_registry_plugin.registry.errors import Cancelled, RegistryError

LOG_TAG = "Camera Registry"


class Messages:
    """Shows sentences in QGIS's message bar and writes details to its log."""

    def __init__(self, iface: Any) -> None:
        self._iface = iface

    def error(self, error: RegistryError) -> None:
        """Show what is wrong and what to do; the details go to the log. A cancelled job is no error."""
        if isinstance(error, Cancelled):
            self.info(error.message)
            return
        if error.details:
            QgsMessageLog.logMessage(error.details, LOG_TAG, message_level("Warning"))
        self._push(error.message, "Warning", 0)

    def info(self, text: str) -> None:
        """Tell something that needs no answer."""
        self._push(text, "Info", 8)

    def success(self, text: str) -> None:
        """Tell that something worked."""
        self._push(text, "Success", 8)

    def _push(self, text: str, level: str, seconds: int) -> None:
        # The message bar takes its text for HTML.
        self._iface.messageBar().pushMessage(tr("Camera Registry"), html.escape(text), message_level(level), seconds)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the errors this product expects; any other goes on to QGIS's own report, undressed."""
        try:
            yield
        except RegistryError as error:
            self.error(error)
