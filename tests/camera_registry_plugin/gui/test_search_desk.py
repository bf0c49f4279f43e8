"""A click on the map becomes the list of cameras near it, with real clicks on a real canvas."""

from __future__ import annotations

import pytest
from pyproj import Geod
from qgis.core import QgsCoordinateReferenceSystem, QgsProject, QgsRectangle
from qgis.PyQt.QtCore import QDateTime, Qt, QVariant
from qgis.PyQt.QtTest import QTest

from camera_registry_plugin.bridge import settings
from camera_registry_plugin.registry.errors import ConfigurationError
from tests.camera_registry_plugin.desk_factories import (
    LAT,
    LON,
    camera,
    camera_id,
    incident_layer,
    make_snapshot,
    point,
    policy,
)

GEOD = Geod(ellps="WGS84")
EXTENT = QgsRectangle(LON - 0.006, LAT - 0.003, LON + 0.006, LAT + 0.003)
WITH_TIME = (("number", QVariant.String), ("happened", QVariant.DateTime))


def at(distance: float, azimuth: float) -> tuple[float, float]:
    lon, lat, _back = GEOD.fwd(LON, LAT, azimuth, distance)
    return lon, lat


@pytest.fixture
def desk(plugin, window, own_settings):
    """The plugin with twelve cameras 20 to 240 m away and incidents at LON, LAT and 400 m east of it."""
    make_snapshot(own_settings, [camera(i, *at(20.0 * (i + 1), 30 * i)) for i in range(12)])
    settings.REGISTRY_URL.write("https://registry.example.org")
    happened = QDateTime.fromString("2026-05-01T10:00:00Z", Qt.DateFormat.ISODate)
    rows = [(point(LON, LAT), "A-1", happened), (point(*at(300, 90)), "A-2", happened.addDays(1))]
    incidents = incident_layer(rows, fields=WITH_TIME)
    cameras = plugin.add_layer()
    QgsProject.instance().addMapLayer(incidents)
    window.show([cameras, incidents], EXTENT)
    plugin.activate_tool()
    return plugin


def rows_shown(plugin):
    proxy = plugin.dock.proxy
    return [
        [proxy.data(proxy.index(row, column)) for column in range(proxy.columnCount())]
        for row in range(proxy.rowCount())
    ]


def test_a_click_near_an_incident_lists_the_cameras_around_it_nearest_first(desk, window):
    window.click(LON, LAT, right=8)
    assert desk.dock.headline.text() == "7 cameras within 150 m of Incidents A-1, 2026-05-01 10:00"
    shown = rows_shown(desk)
    assert [row[1] for row in shown] == [f"{20 * n} m" for n in range(1, 8)]
    assert shown[1][2] == "30° NE"
    assert shown[0][3:5] == ["Business", "30 days"]
    assert shown[0][5].startswith("2026-05-31")


def test_a_click_farther_than_ten_pixels_from_an_incident_is_a_bare_place(desk, window):
    window.click(LON, LAT, right=12)
    assert desk.dock.headline.text().endswith(f" of {desk.desk.incident.lat:.5f}, {desk.desk.incident.lon:.5f}")
    assert desk.desk.incident.start is None
    assert desk.dock.table.isColumnHidden(5)


def test_stacked_incidents_are_chosen_from_a_list_newest_first_with_the_keyboard(desk, window):
    times = [QDateTime.fromString(f"2026-05-0{day}T10:00:00Z", Qt.DateFormat.ISODate) for day in (3, 9, 6)]
    stack = incident_layer([(point(*at(200, 180)), f"S-{i}", t) for i, t in enumerate(times)], fields=WITH_TIME)
    QgsProject.instance().addMapLayer(stack)
    window.canvas.setLayers([stack, *window.canvas.layers()])
    window.click(*at(200, 180))
    chooser = desk.desk.chooser
    assert [chooser.list.item(row).text() for row in range(3)] == [
        "Incidents S-1, 2026-05-09 10:00",
        "Incidents S-2, 2026-05-06 10:00",
        "Incidents S-0, 2026-05-03 10:00",
    ]
    QTest.keyClick(chooser.list, Qt.Key.Key_Down)
    QTest.keyClick(chooser.list, Qt.Key.Key_Return)
    assert desk.desk.incident.words.startswith("Incidents S-2")


def test_a_selected_row_selects_its_camera_on_the_map_and_the_other_way_round(desk, window):
    window.click(LON, LAT)
    layer = desk.layers.current()
    desk.dock.table.selectRow(2)
    assert [feature["camera_id"] for feature in layer.getSelectedFeatures()] == [camera_id(2)]
    layer.selectByExpression(f"\"camera_id\" = '{camera_id(4)}'")
    selected = desk.dock.table.selectionModel().selectedRows()
    assert [index.row() for index in selected] == [4]
    assert layer.selectedFeatureCount() == 1


def test_enter_on_a_row_zooms_to_its_camera(desk, window):
    window.click(LON, LAT)
    desk.dock.table.selectRow(3)
    desk.dock.table.setFocus()
    QTest.keyClick(desk.dock.table, Qt.Key.Key_Return)
    center = window.canvas.center()
    assert GEOD.inv(center.x(), center.y(), *at(80, 90))[2] < 1
    assert window.canvas.scale() == pytest.approx(1000, rel=0.01)


def test_another_radius_searches_again_and_feet_are_feet(desk, window):
    window.click(LON, LAT)
    desk.dock.radius.setValue(45)
    QTest.qWait(400)
    assert [row[1] for row in rows_shown(desk)] == ["20 m", "40 m"]
    desk.dock.unit.setCurrentIndex(1)
    QTest.qWait(400)
    assert desk.dock.radius.value() == pytest.approx(147.6)
    assert [row[1] for row in rows_shown(desk)] == ["66 ft", "131 ft"]
    assert desk.dock.headline.text().startswith("2 cameras within 147.6 ft of")
    assert settings.RADIUS_M.read() == pytest.approx(45, abs=0.1)


def test_the_circle_on_the_map_is_geodesic_and_esc_ends_the_search(desk, window):
    window.click(LON, LAT)
    drawn = desk.desk._circle.band.asGeometry()
    ring = [(v.x(), v.y()) for v in drawn.vertices()]
    assert max(abs(GEOD.inv(LON, LAT, *corner)[2] - 150) for corner in ring) < 0.001
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    assert desk.desk._circle.band.asGeometry().isEmpty()
    assert window.canvas.mapTool() is not desk.tool
    assert desk.dock.pages.currentIndex() == 1


def test_the_circle_follows_the_map_into_another_coordinate_system(desk, window):
    window.click(LON, LAT)
    window.canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3067"))
    QTest.qWait(400)
    box = desk.desk._circle.band.asGeometry().boundingBox()
    assert box.width() == pytest.approx(300, rel=0.002)
    assert box.height() == pytest.approx(300, rel=0.002)


def test_a_generalised_camera_may_be_within_and_has_no_distance(plugin, window, own_settings):
    make_snapshot(own_settings, [camera(0, *at(300, 90), position_precision_m=250.0)], policy("analyst"))
    layer = plugin.add_layer()
    window.show([layer], EXTENT)
    plugin.activate_tool()
    plugin.dock.radius.setValue(300)
    window.click(LON, LAT)
    assert plugin.dock.headline.text().startswith("1 camera may be within 300 m of")
    row = rows_shown(plugin)[0]
    assert row[1].startswith("may be within, ")
    assert row[2] == ""
    assert "grid cells" in plugin.dock.note.text()


def test_columns_sort_by_number_not_by_text(desk, window):
    desk.dock.radius.setValue(241)
    window.click(LON, LAT)
    desk.dock.proxy.sort(1, Qt.SortOrder.DescendingOrder)
    assert rows_shown(desk)[0][1] == "240 m"
    desk.dock.proxy.sort(0, Qt.SortOrder.AscendingOrder)
    assert [row[0] for row in rows_shown(desk)] == [str(n) for n in range(1, 13)]


def test_nothing_near_says_so_with_a_next_step(desk, window):
    window.click(LON - 0.0055, LAT + 0.0028)
    assert "No registered camera within 150 m" in desk.dock.state.text()
    assert "larger radius" in desk.dock.state.text()


def test_an_incident_layer_without_a_coordinate_system_is_one_message(desk, window):
    lost = incident_layer([(point(LON + 0.002, LAT + 0.002), "X", None)], fields=WITH_TIME)
    lost.setCrs(QgsCoordinateReferenceSystem())
    QgsProject.instance().addMapLayer(lost)
    window.canvas.setLayers([lost])
    window.click(LON + 0.002, LAT + 0.002)
    assert "has no coordinate system" in window.message()


def test_the_list_is_exported_with_its_date_and_its_warning(desk, window, tmp_path):
    window.click(LON, LAT)
    target = tmp_path / "list.csv"
    desk.desk.export_to(target)
    lines = target.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith('"7 cameras within 150 m of Incidents A-1')
    assert "sync before contacting" in lines[1]
    assert "Snapshot of 20" in lines[1]
    assert len(lines) == 3 + 7


def test_a_registry_that_forbids_exports_is_obeyed_with_a_sentence(desk, window, tmp_path, own_settings):
    window.click(LON, LAT)
    make_snapshot(own_settings, [camera(0)], policy(save_exports=False))
    with pytest.raises(ConfigurationError, match="does not allow"):
        desk.desk.export_to(tmp_path / "list.csv")
    assert not (tmp_path / "list.csv").exists()
    QTest.mouseClick(desk.dock.export, Qt.MouseButton.LeftButton)
    assert "does not allow" in window.message()


def test_a_sync_under_an_open_list_keeps_the_incident_and_the_selection(desk, window, own_settings):
    window.click(LON, LAT)
    desk.dock.table.selectRow(1)
    layer = desk.layers.current()
    snapshot = make_snapshot(own_settings, [camera(i, *at(20.0 * (i + 1), 30 * i)) for i in (3, 1)])
    desk.layers.show(snapshot)
    QTest.qWait(400)
    assert [row[1] for row in rows_shown(desk)] == ["40 m", "80 m"]
    assert [feature["camera_id"] for feature in layer.getSelectedFeatures()] == [camera_id(1)]
    assert [index.row() for index in desk.dock.table.selectionModel().selectedRows()] == [0]


def test_the_layer_may_be_removed_while_its_cameras_are_listed(desk, window):
    window.click(LON, LAT)
    QgsProject.instance().removeMapLayer(desk.layers.current())
    QTest.qWait(50)
    assert desk.dock.pages.currentIndex() == 1
    window.click(LON, LAT)
    assert desk.dock.headline.text().startswith("7 cameras")


def test_hostile_names_are_shown_as_they_are_written(desk, window):
    nasty = "<img src='http://127.0.0.1:9/x'>[% 1+1 %]"
    layer = incident_layer([(point(LON + 0.003, LAT), nasty, None)], fields=WITH_TIME)
    layer.setName("<b>=1+1</b>")
    layer.setDisplayExpression('"number"')
    QgsProject.instance().addMapLayer(layer)
    window.canvas.setLayers([layer])
    window.click(LON + 0.003, LAT)
    words = desk.dock.headline.text() + desk.dock.state.text()
    assert f"<b>=1+1</b> {nasty}" in words
    for label in (desk.dock.headline, desk.dock.state, desk.dock.note):
        assert label.textFormat() == Qt.TextFormat.PlainText
