"""The layer of registered cameras: plain words, nothing run, nothing drawn that is not known."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeature,
    QgsImageOperation,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
    QgsSymbolLayerUtils,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor, QImage

from camera_registry_plugin.bridge.layer import create_layer, feature_ids, grid_of, is_camera_layer, map_tip, repoint
from camera_registry_plugin.bridge.layer_style import cell, ground_wedge, renderer
from camera_registry_plugin.bridge.snapshot_facts import grid_for, policy_in
from camera_registry_plugin.registry.errors import SnapshotError
from camera_registry_plugin.registry.fields import FIELDS
from tests.camera_registry_plugin.desk_factories import GRID, LAT, LON, camera, camera_id, make_snapshot, policy


@pytest.fixture
def make_layer(tmp_path, owned):
    def make(*cameras, rights=None):
        return owned(create_layer(make_snapshot(tmp_path / "snapshots", cameras, rights)))

    return make


def evaluate(layer: QgsVectorLayer, expression: str) -> object:
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    context.setFeature(next(layer.getFeatures()))
    parsed = QgsExpression(expression)
    value = parsed.evaluate(context)
    assert not parsed.hasParserError(), parsed.parserErrorString()
    assert not parsed.hasEvalError(), parsed.evalErrorString()
    return value


def tip(layer: QgsVectorLayer, feature: QgsFeature) -> str:
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    context.setFeature(feature)
    return QgsExpression.replaceExpressionText(map_tip(), context)


def picture(layer: QgsVectorLayer, metres: float = 60.0, rotation: float = 0.0) -> QImage:
    """200 x 200 pixels around LON, LAT on white, in a projection centred there (north up, true scale)."""
    crs = QgsCoordinateReferenceSystem.fromProj(f"+proj=aeqd +lat_0={LAT} +lon_0={LON} +datum=WGS84")
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(crs)
    settings.setOutputSize(QSize(200, 200))
    settings.setExtent(QgsRectangle(-metres, -metres, metres, metres))
    settings.setRotation(rotation)
    settings.setBackgroundColor(QColor("white"))
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    context.appendScope(QgsExpressionContextUtils.mapSettingsScope(settings))
    settings.setExpressionContext(context)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    return job.renderedImage()


def inked(image: QImage, right: int, up: int) -> bool:
    return image.pixelColor(100 + right, 100 - up) != QColor("white")


def test_the_layer_is_read_only_and_its_source_is_a_path(make_layer):
    layer = make_layer(camera(0))
    assert layer.isValid()
    assert layer.readOnly()
    assert not layer.startEditing()
    assert layer.name() == "Registered cameras"
    assert layer.crs().authid() == "EPSG:4326"
    assert layer.source().endswith(".gpkg|layername=registered_cameras")
    assert layer.displayExpression() == '"camera_id"'
    assert is_camera_layer(layer)
    assert not is_camera_layer(None)


def test_codes_show_as_words_and_the_row_version_is_hidden(make_layer):
    layer = make_layer(camera(0))
    for field in FIELDS:
        index = layer.fields().lookupField(field.name)
        assert layer.attributeAlias(index) == field.alias
        setup = layer.editorWidgetSetup(index)
        if field.kind == "code":
            shown = {code: words for choice in setup.config()["map"] for words, code in choice.items()}
            assert shown == field.codes
        else:
            assert (setup.type(), setup.config().get("UseHtml")) == ("TextEdit", False)
    hidden = {column.name for column in layer.attributeTableConfig().columns() if column.hidden and column.name}
    assert hidden == {"row_version", "fid"}


def test_the_tip_shows_fixed_words_whatever_a_field_holds(make_layer):
    layer = make_layer(camera(0))
    feature = next(layer.getFeatures())
    assert "Business" in tip(layer, feature)
    assert "720 hours" in tip(layer, feature)
    nasty = "<img src=x onerror=alert(1)>[% 40+2 %]"
    for field in layer.fields():
        hostile = QgsFeature(feature)
        hostile.setAttribute(field.name(), nasty)
        text = tip(layer, hostile)
        assert "<img" not in text
        assert "42" not in text
        assert "[%" not in text


def test_repointing_keeps_style_and_selection_by_camera(make_layer, tmp_path):
    layer = make_layer(camera(0), camera(1), camera(2))
    before = layer.renderer().dump()
    layer.selectByIds(feature_ids(layer, [camera_id(2), camera_id(0)]))
    old = layer.source()
    later = make_snapshot(tmp_path / "snapshots", [camera(2), camera(5)])
    repoint(layer, later)
    assert layer.source() != old
    assert layer.featureCount() == 2
    assert layer.readOnly()
    assert layer.renderer().dump() == before
    assert [feature["camera_id"] for feature in layer.getSelectedFeatures()] == [camera_id(2)]
    assert grid_of(layer) == GRID


def test_a_snapshot_that_cannot_be_opened_is_an_error_in_words(make_layer, tmp_path):
    snapshot = make_snapshot(tmp_path / "other", [camera(0)])
    snapshot.path.write_bytes(b"not a database")
    with pytest.raises(SnapshotError, match="Sync again"):
        create_layer(snapshot)


def test_a_wedge_of_the_range_points_where_the_camera_looks(make_layer):
    layer = make_layer(camera(0, direction_deg=45.0, field_of_view_deg=60.0, range_m=50.0))
    image = picture(layer)
    # 50 m are 83 pixels; its edges are at 15 and 75 degrees.
    assert inked(image, 40, 40)
    assert inked(image, 55, 55)
    assert not inked(image, 63, 63)
    for right, up in ((-40, 40), (40, -40), (-40, -40), (0, 60), (60, 0)):
        assert not inked(image, right, up)


@pytest.mark.parametrize(("direction", "right", "up"), [(45.0, 9, 9), (135.0, 9, -9), (225.0, -9, -9), (315.0, -9, 9)])
def test_without_a_range_the_wedge_has_a_size_on_the_screen(make_layer, direction, right, up):
    image = picture(make_layer(camera(0, direction_deg=direction)))
    assert inked(image, right, up)
    for other_right, other_up in {(9, 9), (9, -9), (-9, -9), (-9, 9)} - {(right, up)}:
        assert not inked(image, other_right, other_up)


def test_the_wedge_turns_with_the_map(make_layer):
    turned = picture(make_layer(camera(0, direction_deg=0.0, range_m=50.0)), rotation=90)
    by_screen = picture(make_layer(camera(0, direction_deg=0.0)), rotation=90)
    right, left = inked(turned, 40, 0), inked(turned, -40, 0)
    assert right != left
    assert (inked(by_screen, 13, 0), inked(by_screen, -13, 0)) == (right, left)


def test_a_camera_without_a_direction_has_no_wedge(make_layer):
    image = picture(make_layer(camera(0)))
    assert not any(inked(image, right, up) for right, up in ((12, 0), (-12, 0), (0, 12), (0, -12)))
    assert inked(image, 0, 0)


def test_a_generalised_camera_shows_its_cell_and_an_exact_one_none(make_layer):
    layer = make_layer(camera(0, position_precision_m=250.0), rights=policy("analyst"))
    ring = evaluate(layer, cell(GRID))
    corners = ring.boundingBox()
    assert corners.contains(QgsPointXY(LON, LAT))
    assert evaluate(layer, ground_wedge()) is None
    assert inked(picture(layer, 400), 0, 30) or inked(picture(layer, 400), 5, 35)
    assert evaluate(make_layer(camera(0)), cell(GRID)) is None


def test_a_generalised_camera_has_a_pale_marker_and_a_selected_one_is_seen(make_layer):
    exact = picture(make_layer(camera(0))).pixelColor(100, 100)
    layer = make_layer(camera(0, position_precision_m=250.0), rights=policy("analyst"))
    pale = picture(layer, 400).pixelColor(100, 100)
    assert pale.lightness() > exact.lightness() + 40
    layer.selectAll()
    assert picture(layer, 400).pixelColor(100, 100).hsvHue() == QColor("yellow").hsvHue()


@pytest.mark.parametrize("role", ["analyst", "investigator"])
def test_an_icon_of_the_legend_is_the_marker_alone(role):
    for category in renderer(policy(role)).categories():
        icon = QgsSymbolLayerUtils.symbolPreviewPixmap(category.symbol(), QSize(200, 200), 0)
        drawn = QgsImageOperation.nonTransparentImageRect(icon.toImage(), QSize(1, 1), True)
        assert drawn.width() < 30, "a wedge or a cell fills the icon"


def test_a_file_alone_tells_its_grid_and_a_strange_file_none(make_layer, tmp_path, owned):
    layer = make_layer(camera(0), rights=policy("analyst"))
    plain = owned(QgsVectorLayer(layer.source(), "plain", "ogr"))
    assert grid_of(plain) is None
    assert grid_for(plain) == GRID
    assert policy_in(tmp_path / "nothing.gpkg") is None
    strange = tmp_path / "strange.gpkg"
    strange.write_bytes(b"no database")
    assert policy_in(strange) is None
    assert grid_for(None) is None


def test_the_project_file_holds_no_secret_and_opens_the_layer_again(make_layer, tmp_path):
    layer = make_layer(camera(0))
    project = QgsProject.instance()
    project.addMapLayer(layer)
    path = tmp_path / "project.qgs"
    assert project.write(str(path))
    text = path.read_text(encoding="utf-8")
    assert "password" not in text.lower()
    project.clear()
    assert project.read(str(path))
    again = next(iter(project.mapLayers().values()))
    assert is_camera_layer(again)
    assert again.isValid()
    assert grid_of(again) == GRID
    project.clear()


def test_the_snapshot_date_travels_with_the_layer(tmp_path, owned):
    from camera_registry_plugin.bridge.layer import synced_at

    moment = datetime(2026, 5, 2, 8, 30, tzinfo=timezone.utc)
    layer = owned(create_layer(make_snapshot(Path(tmp_path), [camera(0)], synced_at=moment)))
    assert synced_at(layer) == moment
