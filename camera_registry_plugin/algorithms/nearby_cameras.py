"""cameraregistry:nearbycameras: the cameras within a distance of each incident of a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeatureSink,
    QgsFields,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSource,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDistance,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProperty,
)
from qgis.PyQt.QtCore import QCoreApplication

from camera_registry_plugin.bridge import compat
from camera_registry_plugin.bridge.camera_arrays import WGS84, CameraArrays, read_cameras
from camera_registry_plugin.registry.errors import Cancelled, RegistryError

if TYPE_CHECKING:
    from camera_registry_plugin.bridge.incident_table import IncidentTable
    from camera_registry_plugin.registry.policy import Grid
    from camera_registry_plugin.search.nearby import CameraSearch

DEFAULT_DISTANCE_M = 150.0
MIN_DISTANCE_M = 0.001
MAX_DISTANCE_M = 50_000.0

HELP = """Lists, for each incident, the registered cameras within a distance of it, nearest first: one row a pair of \
incident and camera.

<b>Incidents</b>: any point layer, in any coordinate system (metres, feet or degrees). Multipoints count from each of \
their points. <b>Cameras</b>: the layer "Registered cameras", or any point layer; it may be in another coordinate \
system.
<b>Distance</b>: metres on the ground (geodesic on WGS84, whatever the layers' units), above 0 and up to 50,000.
<b>Keep incidents without cameras</b>: they stay as one row whose camera fields are empty.

<b>Nearby cameras</b>: points in EPSG:4326 at the camera. Fields: those of the incident, those of the camera (with \
camera_ before the name where the incident has a field of that name), then rank (1 is nearest), distance_m, \
bearing_deg (degrees clockwise from north, from the incident), distance_min_m and distance_max_m.
A camera whose position is generalised is somewhere in a grid cell. It is listed when it <i>may</i> be within the \
distance: distance_m and bearing_deg are empty, distance_min_m and distance_max_m bound the truth, and its point only \
tells the cell.
<b>Search circles</b>: the geodesic circle around each incident, in EPSG:4326.

Distance, bearing and incident together give back where a camera is: keep the result as carefully as the layer.

Example: burglaries of a month, distance 150 (a city block or two); then count the rows by incident where distance_m \
is not empty."""


def tr(text: str) -> str:
    """Return text in the user's language."""
    return QCoreApplication.translate("CameraRegistry", text)


class NearbyCamerasAlgorithm(QgsProcessingAlgorithm):
    """Pairs of incidents and cameras within a distance; the search itself is `search.nearby`."""

    INCIDENTS = "INCIDENTS"
    CAMERAS = "CAMERAS"
    DISTANCE = "DISTANCE"
    KEEP_EMPTY = "KEEP_EMPTY"
    OUTPUT = "OUTPUT"
    BUFFERS = "BUFFERS"

    def __init__(self) -> None:
        super().__init__()
        self._grid: Grid | None = None

    def createInstance(self) -> NearbyCamerasAlgorithm:
        return NearbyCamerasAlgorithm()

    def name(self) -> str:
        return "nearbycameras"

    def displayName(self) -> str:
        return tr("Nearby cameras")

    def shortDescription(self) -> str:
        return tr("Lists the registered cameras within a distance of each incident.")

    def tags(self) -> list[str]:
        return ["camera", "cctv", "incident", "crime", "buffer", "distance", "near", "canvass"]

    def shortHelpString(self) -> str:
        return tr(HELP).replace("\n", "<br>")

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        points = [compat.PROCESSING_POINTS]
        self.addParameter(QgsProcessingParameterFeatureSource(self.INCIDENTS, tr("Incidents"), points))
        self.addParameter(QgsProcessingParameterFeatureSource(self.CAMERAS, tr("Cameras"), points))
        distance = QgsProcessingParameterDistance(
            self.DISTANCE, tr("Distance (metres)"), DEFAULT_DISTANCE_M, "", False, MIN_DISTANCE_M, MAX_DISTANCE_M
        )
        distance.setDefaultUnit(compat.METRES)
        self.addParameter(distance)
        keep = QgsProcessingParameterBoolean(self.KEEP_EMPTY, tr("Keep incidents without cameras"), True)
        self.addParameter(keep)
        self.addParameter(
            QgsProcessingParameterFeatureSink(self.OUTPUT, tr("Nearby cameras"), compat.PROCESSING_POINTS)
        )
        circles = QgsProcessingParameterFeatureSink(
            self.BUFFERS, tr("Search circles"), compat.PROCESSING_POLYGONS, None, True, False
        )
        self.addParameter(circles)

    def checkParameterValues(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[bool, str]:
        # Processing's own words for a distance out of range say neither what is wrong nor what to do.
        try:
            self._radius(parameters, context)
        except RegistryError as error:
            return False, error.message
        return super().checkParameterValues(parameters, context)

    def prepareAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        from camera_registry_plugin.bridge.snapshot_facts import grid_for

        # Here and not while processing: a map layer may only be touched in the main thread.
        self._grid = grid_for(self.parameterAsVectorLayer(parameters, self.CAMERAS, context))
        return True

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        try:
            return self._run(parameters, context, feedback)
        except Cancelled:
            return {}
        except RegistryError as error:
            if error.details:
                feedback.pushDebugInfo(error.details)
            raise QgsProcessingException(error.message) from error

    def _run(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        from camera_registry_plugin.bridge.incident_table import IncidentTable
        from camera_registry_plugin.bridge.nearby_table import NearbyWriter, result_fields
        from camera_registry_plugin.search.nearby import CameraSearch

        radius = self._radius(parameters, context)
        incidents = self._source(parameters, self.INCIDENTS, context)
        cameras = self._source(parameters, self.CAMERAS, context)
        transforms = context.transformContext()
        table = IncidentTable.read(incidents, transforms, feedback.isCanceled)
        arrays = read_cameras(cameras, cameras.sourceName(), transforms, feedback.isCanceled)
        search = CameraSearch(arrays.lon, arrays.lat, arrays.precision_m, self._grid)
        self._report(table, search, arrays, feedback)
        fields = result_fields(incidents.fields())
        output, output_id = self._sink(parameters, self.OUTPUT, context, fields, compat.POINT)
        results = {self.OUTPUT: output_id}
        circles = None
        if parameters.get(self.BUFFERS) is not None:
            circles, results[self.BUFFERS] = self._sink(
                parameters, self.BUFFERS, context, incidents.fields(), compat.MULTI_POLYGON
            )
        keep_empty = self.parameterAsBool(parameters, self.KEEP_EMPTY, context)
        writer = NearbyWriter(table, arrays, cameras, fields, output, feedback)
        pairs = writer.write(search, radius, keep_empty)
        feedback.pushInfo(tr("{0} pairs of an incident and a camera.").format(f"{pairs:,}"))
        if circles is not None:
            table.write_circles(circles, radius, feedback)
        return results

    def _radius(self, parameters: dict[str, Any], context: QgsProcessingContext) -> float:
        from camera_registry_plugin.search.geodesy import check_radius

        value = parameters.get(self.DISTANCE, DEFAULT_DISTANCE_M)
        # parameterAsDouble turns text that is no number into the default without a word.
        if isinstance(value, QgsProperty):
            value = self.parameterAsDouble(parameters, self.DISTANCE, context)
        return check_radius(value)

    def _source(
        self, parameters: dict[str, Any], name: str, context: QgsProcessingContext
    ) -> QgsProcessingFeatureSource:
        source = self.parameterAsSource(parameters, name, context)
        if source is None:
            raise QgsProcessingException(self.invalidSourceError(parameters, name))
        return source

    def _sink(
        self, parameters: dict[str, Any], name: str, context: QgsProcessingContext, fields: QgsFields, kind: Any
    ) -> tuple[QgsFeatureSink, str]:
        crs = QgsCoordinateReferenceSystem(WGS84)
        # One incident becomes several rows: a primary key among its fields would no longer be unique.
        sink, sink_id = self.parameterAsSink(
            parameters, name, context, fields, kind, crs, compat.REGENERATE_PRIMARY_KEY
        )
        if sink is None:
            raise QgsProcessingException(self.invalidSinkError(parameters, name))
        return sink, sink_id

    @staticmethod
    def _report(
        table: IncidentTable, search: CameraSearch, arrays: CameraArrays, feedback: QgsProcessingFeedback
    ) -> None:
        if not table.features:
            feedback.pushWarning(tr('The layer "{0}" holds no incidents, so the result is empty.').format(table.name))
        elif table.without_place:
            feedback.pushWarning(
                tr('{0} of {1} incidents of the layer "{2}" have no usable position and were not searched.').format(
                    table.without_place, len(table.features), table.name
                )
            )
        if not arrays.lon.size:
            feedback.pushWarning(tr("The camera layer is empty, so no incident has a camera near it."))
        elif search.left_out:
            feedback.pushWarning(
                tr("{0} of {1} cameras have no usable position and were left out.").format(
                    search.left_out, arrays.lon.size
                )
            )
