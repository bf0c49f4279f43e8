"""The list of cameras as a table model: plain text to read, numbers to sort by."""

from __future__ import annotations

import math
from typing import Any

from qgis.PyQt.QtCore import QAbstractTableModel, QModelIndex, Qt

from camera_registry_plugin.bridge.compat import ALIGN_RIGHT
from camera_registry_plugin.bridge.words import tr
from camera_registry_plugin.canvass.rows import ListRow, bearing_words, distance_words

SORT_ROLE = Qt.ItemDataRole.UserRole
NUMBER, DISTANCE, BEARING, PREMISES, FOOTAGE, DEADLINE = range(6)
HEADERS = ("#", "Distance", "Bearing", "Premises", "Footage kept", "Overwritten from")
RIGHT_ALIGNED = (NUMBER,)


class NearbyModel(QAbstractTableModel):
    """Rows of the list; `set_rows` replaces them all."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.rows: list[ListRow] = []
        self._in_feet = False

    def set_rows(self, rows: list[ListRow], in_feet: bool) -> None:
        """Show other rows, with distances in feet or metres."""
        self.beginResetModel()
        self.rows, self._in_feet = list(rows), in_feet
        self.endResetModel()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(HEADERS[section])
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(row, column)
        if role == SORT_ROLE:
            return _sort_key(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column in RIGHT_ALIGNED:
            return ALIGN_RIGHT
        return None

    def _words(self, row: ListRow, column: int) -> str:
        words = {
            NUMBER: lambda: str(row.rank),
            DISTANCE: lambda: distance_words(row, self._in_feet),
            BEARING: lambda: bearing_words(row),
            PREMISES: lambda: tr(row.premises),
            FOOTAGE: lambda: tr(row.retention),
            DEADLINE: lambda: _deadline_words(row),
        }
        return words[column]()


def _deadline_words(row: ListRow) -> str:
    if row.deadline is None:
        return ""
    return row.deadline.astimezone().strftime("%Y-%m-%d %H:%M")


def _sort_key(row: ListRow, column: int) -> Any:
    keys = {
        NUMBER: row.rank,
        # Ranks already put exact positions by distance and the others by their least distance.
        DISTANCE: row.rank,
        BEARING: math.inf if row.bearing_deg is None else row.bearing_deg,
        PREMISES: tr(row.premises).lower(),
        FOOTAGE: tr(row.retention).lower(),
        DEADLINE: row.deadline.timestamp() if row.deadline else math.inf,
    }
    return keys[column]
