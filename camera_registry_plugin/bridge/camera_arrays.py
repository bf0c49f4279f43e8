"""Reads point layers of any coordinate system into arrays of longitude and latitude for the search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsCsException,
    QgsFeatureRequest,
    QgsFeatureSource,
    QgsGeometry,
    QgsLineString,
)

from camera_registry_plugin.registry.errors import Cancelled, InvalidInput

from .compat import is_null, is_single_type

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

WGS84 = "EPSG:4326"
PRECISION = "position_precision_m"

# How many features between two looks at the cancel button.
CHECK_EVERY = 4096

_WKB_LINE_HEADER_BYTES = 9


class CameraArrays(NamedTuple):
    """Cameras of a layer, one row a point: feature ids, degrees (EPSG:4326, NaN where unusable), cell sizes (m)."""

    feature_ids: IntArray
    lon: FloatArray
    lat: FloatArray
    precision_m: FloatArray


def never() -> bool:
    """Stand for a job that nobody can cancel."""
    return False


def read_cameras(
    source: QgsFeatureSource,
    name: str,
    context: QgsCoordinateTransformContext,
    is_cancelled: Callable[[], bool] = never,
) -> CameraArrays:
    """Return the points of a layer as arrays; a multipoint gives a row for each of its parts.

    Raises InvalidInput where the layer has no coordinate system, Cancelled when asked to stop.
    """
    import numpy as np

    require_crs(source.sourceCrs(), name)
    column = source.fields().lookupField(PRECISION)
    request = QgsFeatureRequest().setSubsetOfAttributes([] if column < 0 else [column])
    single = is_single(source)
    ids: list[int] = []
    x: list[float] = []
    y: list[float] = []
    precision: list[float] = []
    for number, feature in enumerate(source.getFeatures(request)):
        if number % CHECK_EVERY == 0 and is_cancelled():
            raise Cancelled()
        size = 0.0 if column < 0 else _number(feature.attribute(column))
        for point_x, point_y in points_of(feature.geometry(), single):
            ids.append(feature.id())
            x.append(point_x)
            y.append(point_y)
            precision.append(size)
    lon, lat = to_wgs84(np.array(x, dtype=np.float64), np.array(y, dtype=np.float64), source.sourceCrs(), context)
    return CameraArrays(np.array(ids, dtype=np.int64), lon, lat, np.array(precision, dtype=np.float64))


def points_of(geometry: QgsGeometry, single: bool) -> list[tuple[float, float]]:
    """Return the x, y of a point or of a multipoint's parts; one NaN pair where there is no geometry.

    `single` tells that the layer holds no multipoints.
    """
    shape = geometry.constGet()
    if shape is None or shape.isEmpty():
        return [(float("nan"), float("nan"))]
    if single:
        return [(shape.x(), shape.y())]
    return [(vertex.x(), vertex.y()) for vertex in shape.vertices()]


def is_single(source: QgsFeatureSource) -> bool:
    """Return whether a source holds no multipoints."""
    return is_single_type(source.wkbType())


def require_crs(crs: QgsCoordinateReferenceSystem, name: str) -> None:
    """Raise InvalidInput, naming the layer, where a layer has no coordinate system."""
    if not crs.isValid():
        raise InvalidInput(
            f'The layer "{name}" has no coordinate system, so nobody knows where its points are. Set it under '
            "Layer Properties > Source, then try again."
        )


def to_wgs84(
    x: FloatArray, y: FloatArray, crs: QgsCoordinateReferenceSystem, context: QgsCoordinateTransformContext
) -> tuple[FloatArray, FloatArray]:
    """Return longitudes and latitudes in degrees (EPSG:4326) of (n,) coordinates in `crs`.

    NaN where a coordinate is not finite or cannot be transformed.
    """
    import numpy as np

    lon, lat = np.full(x.size, np.nan), np.full(y.size, np.nan)
    rows = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if crs.authid() == WGS84:
        lon[rows], lat[rows] = x[rows], y[rows]
        return lon, lat
    transform = QgsCoordinateTransform(crs, QgsCoordinateReferenceSystem(WGS84), context)
    # One point that fails spoils its whole batch: halve it until that point is alone.
    batches = [rows] if rows.size else []
    while batches:
        batch = batches.pop()
        try:
            lon[batch], lat[batch] = _transformed(x[batch], y[batch], transform)
        except QgsCsException:
            if batch.size > 1:
                batches += [batch[: batch.size // 2], batch[batch.size // 2 :]]
    return lon, lat


def _transformed(x: FloatArray, y: FloatArray, transform: QgsCoordinateTransform) -> tuple[FloatArray, FloatArray]:
    import numpy as np

    # A line string is QGIS's fastest way to carry many coordinates through a transform and back.
    line = QgsLineString(x, y)
    line.transform(transform)
    flat = np.frombuffer(bytes(line.asWkb()), dtype="<f8", offset=_WKB_LINE_HEADER_BYTES)
    lon, lat = flat[0::2], flat[1::2]
    known = np.isfinite(lon) & np.isfinite(lat)
    return np.where(known, lon, np.nan), np.where(known, lat, np.nan)


def _number(value: Any) -> float:
    if is_null(value):
        return 0.0
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0
