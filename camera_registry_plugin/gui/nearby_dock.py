"""The dock that lists the cameras near an incident; it shows and asks, and decides nothing."""

from __future__ import annotations

from qgis.PyQt.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QSortFilterProxyModel, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDockWidget,
    QDoubleSpinBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from camera_registry_plugin.bridge.settings import FEET, MAX_RADIUS_M, METRES
from camera_registry_plugin.bridge.words import tr
from camera_registry_plugin.canvass.rows import FEET_A_METRE, ListRow

from .nearby_model import BEARING, DEADLINE, DISTANCE, FOOTAGE, NUMBER, PREMISES, SORT_ROLE, NearbyModel

MIN_RADIUS_M = 1.0
ROW_PADDING = 6
UNITS = ((METRES, "m"), (FEET, "ft"))


class NearbyDock(QDockWidget):
    """Headline, list, radius and what to do next.

    `radius_changed` and `unit_changed` tell what was typed, `cameras_selected` the ids of selected rows,
    `camera_activated` the row that was double-clicked, `next_step` that the button of a state was pressed.
    """

    radius_changed = pyqtSignal(float)
    unit_changed = pyqtSignal(str)
    cameras_selected = pyqtSignal(list)
    camera_activated = pyqtSignal(object)
    choose_requested = pyqtSignal()
    export_requested = pyqtSignal()
    next_step = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Nearby cameras"), parent)
        self.setObjectName("CameraRegistryNearbyDock")
        self.model = NearbyModel(self)
        self.proxy = QSortFilterProxyModel(self)
        self.proxy.setSourceModel(self.model)
        self.proxy.setSortRole(SORT_ROLE)
        self._selecting = False
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.addLayout(self._radius_row())
        self.pages = QStackedWidget()
        self.pages.addWidget(self._list_page())
        self.pages.addWidget(self._state_page())
        layout.addWidget(self.pages)
        self.setWidget(content)
        self._connect()

    def set_radius(self, radius_m: float, unit: str) -> None:
        """Show a radius, in metres, in the unit "metres" or "feet", without telling anybody."""
        factor = FEET_A_METRE if unit == FEET else 1.0
        for widget in (self.radius, self.unit):
            widget.blockSignals(True)
        self.unit.setCurrentIndex([name for name, _words in UNITS].index(unit))
        self.radius.setRange(MIN_RADIUS_M, MAX_RADIUS_M * factor)
        self.radius.setDecimals(0 if round(radius_m * factor, 3) % 1 == 0 else 1)
        self.radius.setValue(radius_m * factor)
        for widget in (self.radius, self.unit):
            widget.blockSignals(False)

    def radius_m(self) -> float:
        """Return the radius in metres."""
        return min(self.radius.value() / (FEET_A_METRE if self.in_feet() else 1.0), MAX_RADIUS_M)

    def in_feet(self) -> bool:
        """Return whether distances are shown in feet."""
        return self.unit.currentData() == FEET

    def show_rows(self, rows: list[ListRow], headline: str, note: str = "") -> None:
        """Show a list, nearest first."""
        self.model.set_rows(rows, self.in_feet())
        self.headline.setText(headline)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.table.setColumnHidden(BEARING, all(row.bearing_deg is None for row in rows))
        self.table.setColumnHidden(DEADLINE, all(row.deadline is None for row in rows))
        self.proxy.sort(NUMBER)
        self.table.horizontalHeader().setSortIndicator(NUMBER, Qt.SortOrder.AscendingOrder)
        self.pages.setCurrentIndex(0)

    def show_state(self, text: str, button: str) -> None:
        """Show a sentence in place of the list, with a button for the next step ("" for none)."""
        self.model.set_rows([], self.in_feet())
        self.state.setText(text)
        self.step.setText(button)
        self.step.setVisible(bool(button))
        self.pages.setCurrentIndex(1)

    def select_cameras(self, camera_ids: set[str]) -> None:
        """Select the rows of cameras, and scroll to the first, without telling anybody."""
        selection = QItemSelection()
        last = self.model.columnCount() - 1
        first = QModelIndex()
        for number, row in enumerate(self.model.rows):
            if row.camera_id in camera_ids:
                left = self.proxy.mapFromSource(self.model.index(number, 0))
                right = self.proxy.mapFromSource(self.model.index(number, last))
                selection.select(left, right)
                first = first if first.isValid() else left
        self._selecting = True
        self.table.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._selecting = False
        if first.isValid():
            self.table.scrollTo(first)

    def _radius_row(self) -> QHBoxLayout:
        self.choose = QPushButton(tr("&Choose on map"))
        self.choose.setToolTip(tr("Click an incident or any place on the map"))
        label = QLabel(tr("&Within"))
        self.radius = QDoubleSpinBox()
        self.radius.setRange(MIN_RADIUS_M, MAX_RADIUS_M)
        self.radius.setGroupSeparatorShown(True)
        self.radius.setSingleStep(50)
        self.radius.setKeyboardTracking(False)
        self.radius.setAccessibleName(tr("Radius of the search"))
        label.setBuddy(self.radius)
        self.unit = QComboBox()
        self.unit.setAccessibleName(tr("Unit of the radius"))
        for name, words in UNITS:
            self.unit.addItem(words, name)
        row = QHBoxLayout()
        for widget in (self.choose, label, self.radius, self.unit):
            row.addWidget(widget)
        row.addStretch()
        return row

    def _list_page(self) -> QWidget:
        self.headline = _plain_label()
        font = self.headline.font()
        font.setBold(True)
        self.headline.setFont(font)
        self.note = _plain_label()
        self.table = QTableView()
        self.table.setModel(self.proxy)
        self.table.setAccessibleName(tr("Cameras near the incident"))
        self.table.setSortingEnabled(True)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setAlternatingRowColors(True)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.table.fontMetrics().height() + ROW_PADDING)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        # Only the rows in view are measured: thousands would make every search wait.
        header.setResizeContentsPrecision(50)
        for column in (NUMBER, DISTANCE, BEARING, PREMISES, FOOTAGE):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.export = QPushButton(tr("&Export CSV…"))
        page = _column(self.headline, self.note, self.table, self.export)
        page.layout().setAlignment(self.export, Qt.AlignmentFlag.AlignRight)
        return page

    def _state_page(self) -> QWidget:
        self.state = _plain_label()
        self.state.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.step = QPushButton()
        page = _column(self.state, self.step)
        page.layout().setAlignment(self.step, Qt.AlignmentFlag.AlignLeft)
        page.layout().addStretch()
        return page

    def _connect(self) -> None:
        self.radius.valueChanged.connect(lambda _value: self.radius_changed.emit(self.radius_m()))
        self.unit.currentIndexChanged.connect(lambda _index: self.unit_changed.emit(self.unit.currentData()))
        self.choose.clicked.connect(lambda _checked: self.choose_requested.emit())
        self.export.clicked.connect(lambda _checked: self.export_requested.emit())
        self.step.clicked.connect(lambda _checked: self.next_step.emit())
        self.table.activated.connect(lambda index: self.camera_activated.emit(self._row(index)))
        self.table.selectionModel().selectionChanged.connect(lambda *_changes: self._tell_selection())

    def _row(self, index: QModelIndex) -> ListRow:
        return self.model.rows[self.proxy.mapToSource(index).row()]

    def _tell_selection(self) -> None:
        if not self._selecting:
            indexes = self.table.selectionModel().selectedRows()
            self.cameras_selected.emit([self._row(index).camera_id for index in indexes])


def _plain_label() -> QLabel:
    label = QLabel()
    # A layer's or incident's name is somebody's text: never as HTML.
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _column(*widgets: QWidget) -> QWidget:
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        layout.addWidget(widget)
    return page
