"""Writes the rows of cameras near each incident of a table into a Processing sink."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from qgis.core import (
    QgsFeature,
    QgsFeatureRequest,
    QgsFeatureSink,
    QgsFields,
    QgsGeometry,
    QgsPoint,
    QgsProcessingFeatureSource,
    QgsProcessingFeedback,
)
from qgis.PyQt.QtCore import QDate

from camera_registry_plugin.registry.errors import Cancelled
from camera_registry_plugin.registry.fields import FIELDS, Field

from . import compat
from .camera_arrays import CameraArrays
from .feature_batch import Batch
from .incident_table import IncidentTable

if TYPE_CHECKING:
    from camera_registry_plugin.search.nearby import CameraSearch, Nearby

RESULT_FIELDS = ("rank", "distance_m", "bearing_deg", "distance_min_m", "distance_max_m")
MOST_REMEMBERED_CAMERAS = 200_000


class Row(NamedTuple):
    """One camera near one incident, as `search.nearby.Nearby` tells it; NaN is not known."""

    camera: int
    rank: int
    distance_m: float
    bearing_deg: float
    distance_min_m: float
    distance_max_m: float


def result_fields(incident_fields: QgsFields) -> QgsFields:
    """Return the fields of the result: the incident's, the camera's published ones, then the search's.

    Where the incident has a field of a name (in any case), the later field gets `camera_` before it, and a
    number after it should that be taken too.
    """
    fields = QgsFields(incident_fields)
    taken = {field.name().lower() for field in incident_fields}
    makers = {"number": compat.number_field, "date": compat.date_field}
    wanted = [(field.name, makers.get(field.kind, compat.text_field)) for field in FIELDS]
    wanted += [(name, compat.integer_field if name == "rank" else compat.number_field) for name in RESULT_FIELDS]
    for name, make in wanted:
        free = _free_name(name, taken)
        taken.add(free.lower())
        fields.append(make(free))
    return fields


def _free_name(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    prefixed = f"camera_{name}"
    candidate, number = prefixed, 2
    while candidate in taken:
        candidate, number = f"{prefixed}_{number}", number + 1
    return candidate


class NearbyWriter:
    """Writes the pairs of a search, incident after incident, the empty ones in their place."""

    def __init__(
        self,
        table: IncidentTable,
        arrays: CameraArrays,
        cameras: QgsProcessingFeatureSource,
        fields: QgsFields,
        sink: QgsFeatureSink,
        feedback: QgsProcessingFeedback,
    ) -> None:
        self._table = table
        self._arrays = arrays
        self._cameras = cameras
        self._columns = [cameras.fields().lookupField(field.name) for field in FIELDS]
        self._fields = fields
        self._batch = Batch(sink)
        self._feedback = feedback
        self._attributes: dict[int, list[Any]] = {}
        self._empty = [None] * (len(FIELDS) + len(RESULT_FIELDS))

    def write(self, search: CameraSearch, radius_m: float, keep_empty: bool) -> int:
        """Write all rows and return the number of pairs. Raises Cancelled when asked, SnapshotError on a full disk."""
        pairs = 0
        done = 0
        total = max(len(self._table.features), 1)
        for incident, rows in self._by_incident(search, radius_m):
            if self._feedback.isCanceled():
                raise Cancelled()
            if keep_empty:
                self._write_empty(done, incident)
            for row in rows:
                self._write_row(incident, row)
            pairs += len(rows)
            done = incident + 1
            self._feedback.setProgress(100 * done / total)
        if keep_empty:
            self._write_empty(done, len(self._table.features))
        self._batch.flush()
        return pairs

    def _by_incident(self, search: CameraSearch, radius_m: float) -> Iterator[tuple[int, list[Row]]]:
        """Yield each incident's rows once, also where its points fall into two chunks."""
        waiting: list[Row] = []
        current = -1
        for chunk in search.pairs(self._table.lon, self._table.lat, radius_m):
            self._remember(chunk)
            incidents = self._table.place_feature[chunk.incident].tolist()
            for incident, *values in zip(incidents, *(column.tolist() for column in chunk[1:])):
                if incident != current:
                    if waiting:
                        yield current, _one_each(waiting)
                    waiting, current = [], incident
                waiting.append(Row(*values))
        if waiting:
            yield current, _one_each(waiting)

    def _remember(self, chunk: Nearby) -> None:
        """Fetch the attributes of a chunk's cameras, all at once."""
        ids = set(self._arrays.feature_ids[np.unique(chunk.camera)].tolist())
        if len(self._attributes) > MOST_REMEMBERED_CAMERAS:
            self._attributes = {key: self._attributes[key] for key in ids & self._attributes.keys()}
        missing = list(ids - self._attributes.keys())
        if not missing:
            return
        request = QgsFeatureRequest().setFilterFids(missing).setFlags(compat.NO_GEOMETRY)
        for feature in self._cameras.getFeatures(request):
            values = feature.attributes()
            self._attributes[feature.id()] = [
                None if column < 0 else _published(field, values[column])
                for field, column in zip(FIELDS, self._columns)
            ]

    def _write_row(self, incident: int, row: Row) -> None:
        feature = QgsFeature()
        numbers = [None if value != value else value for value in row[2:]]
        camera = self._attributes.get(int(self._arrays.feature_ids[row.camera]), self._empty[: len(FIELDS)])
        feature.setAttributes([*self._table.features[incident], *camera, row.rank, *numbers])
        lon, lat = float(self._arrays.lon[row.camera]), float(self._arrays.lat[row.camera])
        feature.setGeometry(QgsGeometry(QgsPoint(lon, lat)))
        self._batch.add(feature)

    def _write_empty(self, start: int, stop: int) -> None:
        for incident in range(start, stop):
            feature = QgsFeature()
            feature.setAttributes([*self._table.features[incident], *self._empty])
            self._batch.add(feature)


def _one_each(rows: list[Row]) -> list[Row]:
    """Keep each camera once, from the incident's nearest point, and rank anew where it has several points."""
    if len({row.rank for row in rows}) == len(rows):
        return rows
    best: dict[int, Row] = {}
    for row in sorted(rows, key=_nearness):
        best.setdefault(row.camera, row)
    return [row._replace(rank=rank) for rank, row in enumerate(best.values(), 1)]


def _nearness(row: Row) -> tuple[bool, float, float, int]:
    generalised = row.distance_m != row.distance_m
    return generalised, row.distance_min_m, row.distance_max_m, row.camera


def _published(field: Field, value: Any) -> Any:
    """Return a camera's value as the result's field takes it, None where it is not of that kind."""
    if compat.is_null(value):
        return None
    if field.kind == "number":
        try:
            return float(value)
        except (TypeError, ValueError):
            return None
    if field.kind == "date":
        date = value if isinstance(value, QDate) else QDate.fromString(str(value)[:10], "yyyy-MM-dd")
        return date if date.isValid() else None
    return str(value)
