"""The map layer "Registered cameras": read-only, plain words for codes, no registrant's text ever run or drawn."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from qgis.core import (
    QgsDataProvider,
    QgsEditorWidgetSetup,
    QgsExpression,
    QgsFeatureRequest,
    QgsMapLayer,
    QgsProject,
    QgsVectorLayer,
)

from camera_registry_plugin.registry.errors import SnapshotError
from camera_registry_plugin.registry.fields import FIELDS, MOUNTS, PREMISES, RECORDINGS
from camera_registry_plugin.registry.policy import Grid, Policy
from camera_registry_plugin.registry.snapshot_format import LAYER, LAYER_TITLE, ROW_VERSION

from .layer_style import renderer

# Custom properties by which a layer is known as ours, in a project opened later too.
SNAPSHOT_PROPERTY = "camera_registry/snapshot"
GRID_PROPERTY = "camera_registry/grid"
SYNCED_PROPERTY = "camera_registry/synced_at"

_UUID_PATTERN = "^[0-9a-f-]{36}$"


class State(Protocol):
    """What the layer needs to know about a snapshot."""

    policy: Policy
    synced_at: datetime


class Snapshot(Protocol):
    """A snapshot as sync hands it out."""

    path: Path
    state: State


def source_of(path: Path) -> str:
    """Return the data source of a snapshot's GeoPackage: a path and a table, never a credential."""
    return f"{path}|layername={LAYER}"


def create_layer(snapshot: Snapshot) -> QgsVectorLayer:
    """Return the layer of a snapshot, dressed but not yet in a project. Raises SnapshotError if unreadable."""
    layer = QgsVectorLayer(source_of(snapshot.path), LAYER_TITLE, "ogr")
    if not layer.isValid():
        raise SnapshotError(
            "The snapshot of registered cameras cannot be opened. Sync again to fetch a fresh one.",
            f"not a valid layer: {snapshot.path.name}",
        )
    _mark(layer, snapshot)
    layer.setRenderer(renderer(snapshot.state.policy))
    _dress_fields(layer)
    # QGIS would put the display field of a tip raw into a web view: the id is no free text.
    layer.setDisplayExpression('"camera_id"')
    layer.setMapTipTemplate(map_tip())
    return layer


def repoint(layer: QgsVectorLayer, snapshot: Snapshot) -> None:
    """Switch a layer to another snapshot; its style, and its selection by camera, stay.

    Raises SnapshotError where the snapshot cannot be opened. A sync that found nothing new keeps the file: then
    only the date changes.
    """
    if layer.isValid() and layer.customProperty(SNAPSHOT_PROPERTY) == str(snapshot.path):
        _mark(layer, snapshot)
        return
    column = layer.fields().lookupField("camera_id")
    selected = [str(feature.attribute(column)) for feature in layer.getSelectedFeatures()] if column >= 0 else []
    layer.setDataSource(source_of(snapshot.path), layer.name(), "ogr", QgsDataProvider.ProviderOptions(), False)
    if not layer.isValid():
        raise SnapshotError(
            "The new snapshot cannot be opened. Sync again; if this repeats, remove the layer and add it again.",
            f"not a valid layer: {snapshot.path.name}",
        )
    _mark(layer, snapshot)
    if selected:
        layer.selectByIds(feature_ids(layer, selected))
    layer.triggerRepaint()


def feature_ids(layer: QgsVectorLayer, camera_ids: list[str]) -> list[int]:
    """Return the feature ids of cameras; those the layer no longer holds are left out."""
    quoted = ", ".join(QgsExpression.quotedString(camera_id) for camera_id in camera_ids)
    request = QgsFeatureRequest().setFilterExpression(f'"camera_id" IN ({quoted})').setSubsetOfAttributes([])
    return [feature.id() for feature in layer.getFeatures(request)]


def camera_layers(project: QgsProject) -> list[QgsVectorLayer]:
    """Return the project's layers of registered cameras."""
    return [layer for layer in project.mapLayers().values() if is_camera_layer(layer)]


def is_camera_layer(layer: QgsMapLayer | None) -> bool:
    """Return whether a layer shows a snapshot."""
    return layer is not None and bool(layer.customProperty(SNAPSHOT_PROPERTY))


def grid_of(layer: QgsMapLayer | None) -> Grid | None:
    """Return the grid of a layer's generalised positions, None where it is not known."""
    text = layer.customProperty(GRID_PROPERTY) if layer is not None else None
    if not text:
        return None
    data = json.loads(str(text))
    return Grid(str(data["crs"]), (float(data["origin"][0]), float(data["origin"][1])), tuple(data["sizes_m"]))


def synced_at(layer: QgsMapLayer) -> datetime | None:
    """Return when the layer's snapshot was fetched (aware), None where it is not known."""
    text = layer.customProperty(SYNCED_PROPERTY)
    return datetime.fromisoformat(str(text)) if text else None


def map_tip() -> str:
    """Return the tip: fixed words chosen by codes, and numbers; a value of another kind shows as unknown."""
    lines = [
        f"<b>[% {_words('premises', PREMISES)} %]</b>",
        f"[% {_words('mount', MOUNTS)} %]",
        f"Recording: [% {_words('recording', RECORDINGS)} %]",
        "Footage kept: [% coalesce(to_string(try(to_real(\"retention_hours\"))) || ' hours', 'unknown') %]",
        "Position: [% if(coalesce(try(to_real(\"position_precision_m\")), 0) > 0, 'somewhere in a cell of ' || "
        "to_string(to_real(\"position_precision_m\")) || ' m', 'exact') %]",
        f"<small>[% coalesce(regexp_substr(\"camera_id\", '({_UUID_PATTERN})'), '') %]</small>",
    ]
    return "<br>".join(lines)


def _words(field: str, codes: dict[str, str]) -> str:
    pairs = ", ".join(
        f"{QgsExpression.quotedString(code)}, {QgsExpression.quotedString(words)}" for code, words in codes.items()
    )
    return f"coalesce(map_get(map({pairs}), \"{field}\"), 'Unknown')"


def _mark(layer: QgsVectorLayer, snapshot: Snapshot) -> None:
    grid = snapshot.state.policy.grid
    layer.setReadOnly(True)
    layer.setCustomProperty(SNAPSHOT_PROPERTY, str(snapshot.path))
    layer.setCustomProperty(SYNCED_PROPERTY, snapshot.state.synced_at.isoformat())
    layer.setCustomProperty(GRID_PROPERTY, "" if grid is None else json.dumps(grid.__dict__))


def _dress_fields(layer: QgsVectorLayer) -> None:
    for field in FIELDS:
        index = layer.fields().lookupField(field.name)
        if index < 0:
            continue
        layer.setFieldAlias(index, field.alias)
        layer.setEditorWidgetSetup(index, _widget(field.kind, field.codes))
    version = layer.fields().lookupField(ROW_VERSION)
    for index in (version, layer.fields().lookupField("fid")):
        if index >= 0:
            layer.setEditorWidgetSetup(index, QgsEditorWidgetSetup("Hidden", {}))
    _hide_columns(layer, (ROW_VERSION, "fid"))


def _widget(kind: str, codes: dict[str, str] | None) -> QgsEditorWidgetSetup:
    if kind == "code" and codes:
        choices: list[dict[str, Any]] = [{words: code} for code, words in codes.items()]
        return QgsEditorWidgetSetup("ValueMap", {"map": choices})
    # Never as HTML: QGIS would otherwise guess from the text.
    return QgsEditorWidgetSetup("TextEdit", {"IsMultiline": False, "UseHtml": False})


def _hide_columns(layer: QgsVectorLayer, names: tuple[str, ...]) -> None:
    table = layer.attributeTableConfig()
    table.update(layer.fields())
    columns = table.columns()
    for column in columns:
        if column.name in names:
            column.hidden = True
    table.setColumns(columns)
    layer.setAttributeTableConfig(table)
