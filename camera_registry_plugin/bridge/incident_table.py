"""The incidents of a layer as attributes and places, and the circles around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

import numpy as np
from qgis.core import (
    QgsCoordinateTransformContext,
    QgsFeature,
    QgsFeatureSink,
    QgsGeometry,
    QgsLineString,
    QgsMultiPolygon,
    QgsPolygon,
    QgsProcessingFeatureSource,
    QgsProcessingFeedback,
    QgsRectangle,
)

from camera_registry_plugin.registry.errors import Cancelled
from camera_registry_plugin.search.geodesy import geodesic_circle, usable

from . import compat
from .camera_arrays import CHECK_EVERY, points_of, require_crs, to_wgs84
from .feature_batch import Batch

if TYPE_CHECKING:
    from numpy.typing import NDArray


class IncidentTable:
    """The incidents of a layer: `features` hold attributes, each place (degrees, EPSG:4326) belongs to one.

    `place_feature` is ascending; `without_place` counts the features that have no usable place.
    """

    def __init__(
        self,
        name: str,
        features: list[list[Any]],
        place_feature: NDArray[np.int64],
        lon: NDArray[np.float64],
        lat: NDArray[np.float64],
    ) -> None:
        self.name = name
        self.features = features
        good = usable(lon, lat)
        self.place_feature, self.lon, self.lat = place_feature[good], lon[good], lat[good]
        self.without_place = len(features) - np.unique(self.place_feature).size

    @classmethod
    def read(
        cls,
        source: QgsProcessingFeatureSource,
        context: QgsCoordinateTransformContext,
        is_cancelled: Callable[[], bool],
    ) -> IncidentTable:
        """Read a layer in any coordinate system. Raises InvalidInput where it has none, Cancelled when asked."""
        name = source.sourceName()
        require_crs(source.sourceCrs(), name)
        single = compat.is_single_type(source.wkbType())
        features: list[list[Any]] = []
        owner: list[int] = []
        x: list[float] = []
        y: list[float] = []
        for number, feature in enumerate(source.getFeatures()):
            if number % CHECK_EVERY == 0 and is_cancelled():
                raise Cancelled()
            features.append(feature.attributes())
            for point_x, point_y in points_of(feature.geometry(), single):
                owner.append(number)
                x.append(point_x)
                y.append(point_y)
        lon, lat = to_wgs84(np.array(x, dtype=float), np.array(y, dtype=float), source.sourceCrs(), context)
        return cls(name, features, np.array(owner, dtype=np.int64), lon, lat)

    def write_circles(self, sink: QgsFeatureSink, radius_m: float, feedback: QgsProcessingFeedback) -> None:
        """Write the geodesic circle around each incident; a multipoint's circles make one multipolygon."""
        starts = np.flatnonzero(np.diff(self.place_feature, prepend=-1))
        ends = np.append(starts[1:], self.place_feature.size)
        batch = Batch(sink)
        for start, end in zip(starts.tolist(), ends.tolist()):
            if feedback.isCanceled():
                return
            circles = [circle(self.lon[place], self.lat[place], radius_m) for place in range(start, end)]
            feature = QgsFeature()
            feature.setAttributes(self.features[int(self.place_feature[start])])
            merged = circles[0] if len(circles) == 1 else QgsGeometry.unaryUnion(circles)
            merged.convertToMultiType()
            feature.setGeometry(merged)
            batch.add(feature)
        batch.flush()


def circle(lon: float, lat: float, radius_m: float) -> QgsGeometry:
    """Return the geodesic circle around a place (EPSG:4326), cut in two at the antimeridian."""
    ring = geodesic_circle(lon, lat, radius_m)
    whole = QgsGeometry(QgsPolygon(QgsLineString(ring[:, 0], ring[:, 1])))
    beyond = -360.0 if ring[:, 0].max() > 180.0 else 360.0 if ring[:, 0].min() < -180.0 else 0.0
    if not beyond:
        return whole
    world = QgsGeometry.fromRect(QgsRectangle(-180, -90, 180, 90))
    near = whole.intersection(world)
    whole.translate(beyond, 0)
    parts = QgsMultiPolygon()
    for part in (near, whole.intersection(world)):
        for polygon in part.asGeometryCollection():
            parts.addGeometry(polygon.constGet().clone())
    return QgsGeometry(parts)
