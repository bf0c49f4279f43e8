"""cameraregistry:nearbycameras through Processing: what comes out, for good input and bad."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pyproj import Geod
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterFeatureSource,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QVariant

from camera_registry_plugin.bridge.layer import create_layer, source_of
from camera_registry_plugin.registry.fields import FIELD_NAMES
from tests.camera_registry_plugin.desk_factories import LAT, LON, camera, incident_layer, make_snapshot, point, policy

GEOD = Geod(ellps="WGS84")
ID = "cameraregistry:nearbycameras"
TEXT_FIELD = (("number", QVariant.String),)


class Listener(QgsProcessingFeedback):
    """Keeps what the user would read."""

    def __init__(self) -> None:
        super().__init__(False)
        self.warnings: list[str] = []

    def pushWarning(self, warning: str) -> None:
        self.warnings.append(warning)


def run(parameters: dict[str, Any], feedback: QgsProcessingFeedback | None = None) -> dict[str, Any]:
    import processing

    return processing.run(ID, {"OUTPUT": "TEMPORARY_OUTPUT", **parameters}, feedback=feedback or Listener())


def at(distance: float, azimuth: float) -> tuple[float, float]:
    lon, lat, _back = GEOD.fwd(LON, LAT, azimuth, distance)
    return lon, lat


@pytest.fixture
def cameras(tmp_path, owned):
    """Three exact cameras at 40 m, 149.9999 m and 150.0001 m of LON, LAT."""
    records = [
        camera(number, *at(distance, azimuth))
        for number, (distance, azimuth) in enumerate([(149.9999, 10), (150.0001, 100), (40.0, 200)])
    ]
    return owned(create_layer(make_snapshot(tmp_path / "cameras", records)))


def test_rows_are_the_incident_then_the_camera_then_the_distance_nearest_first(provider, cameras):
    incidents = incident_layer([(point(LON, LAT), "A-1")], fields=TEXT_FIELD)
    output = run({"INCIDENTS": incidents, "CAMERAS": cameras, "DISTANCE": 150})["OUTPUT"]
    names = [field.name() for field in output.fields()]
    assert names == [
        "number", *FIELD_NAMES, "rank", "distance_m", "bearing_deg", "distance_min_m", "distance_max_m",
    ]  # fmt: skip
    rows = list(output.getFeatures())
    assert [row["rank"] for row in rows] == [1, 2]
    assert [round(row["distance_m"], 4) for row in rows] == [40.0, 149.9999]
    assert [round(row["bearing_deg"]) for row in rows] == [200, 10]
    assert all(row["distance_min_m"] == row["distance_m"] == row["distance_max_m"] for row in rows)
    assert all(row["number"] == "A-1" and row["premises"] == "business" for row in rows)
    assert rows[0]["retention_hours"] == 720
    assert rows[0]["confirmed_on"].toString("yyyy-MM-dd") == "2026-03-14"
    assert output.crs().authid() == "EPSG:4326"
    assert GEOD.inv(*rows[0].geometry().asPoint(), *at(40.0, 200))[2] < 0.01


@pytest.mark.parametrize("crs", ["EPSG:2248", "EPSG:3857", "EPSG:26918", "EPSG:4269"])
def test_any_coordinate_system_gives_the_same_pairs(provider, tmp_path, crs):
    random = np.random.default_rng(5)
    lons, lats = -76.6 + random.uniform(-0.01, 0.01, 200), 39.29 + random.uniform(-0.01, 0.01, 200)
    camera_layer = create_layer(make_snapshot(tmp_path, [camera(i, *p) for i, p in enumerate(zip(lons, lats))]))
    to_crs = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4326"), QgsCoordinateReferenceSystem(crs), QgsProject.instance()
    )
    rows, expected = [], set()
    for number, (lon, lat) in enumerate(zip(lons[:50] + 0.0005, lats[:50])):
        geometry = QgsGeometry.fromWkt(point(lon, lat))
        geometry.transform(to_crs)
        rows.append((geometry.asWkt(12), str(number)))
        distance = np.asarray(GEOD.inv(np.full(200, lon), np.full(200, lat), lons, lats)[2])
        expected |= {(str(number), round(float(value), 2)) for value in distance[distance <= 300]}
    incidents = incident_layer(rows, crs=crs, fields=TEXT_FIELD)
    output = run({"INCIDENTS": incidents, "CAMERAS": camera_layer, "DISTANCE": 300, "KEEP_EMPTY": False})["OUTPUT"]
    found = {(row["number"], row["distance_m"]) for row in output.getFeatures()}
    assert len(found) == len(expected)
    for (number, distance), (want_number, want) in zip(sorted(found), sorted(expected)):
        assert number == want_number
        assert distance == pytest.approx(want, abs=0.02)


def test_incidents_without_cameras_stay_in_their_place_unless_not_wanted(provider, cameras):
    far = point(LON + 1, LAT)
    rows = [(far, "a"), (point(LON, LAT), "b"), (far, "c"), (None, "d")]
    incidents = incident_layer(rows, fields=TEXT_FIELD)
    kept = run({"INCIDENTS": incidents, "CAMERAS": cameras, "DISTANCE": 100})["OUTPUT"]
    assert [row["number"] for row in kept.getFeatures()] == ["a", "b", "c", "d"]
    assert [row["camera_id"] is None or row["camera_id"] == QVariant() for row in kept.getFeatures()] == [
        True, False, True, True,
    ]  # fmt: skip
    dropped = run({"INCIDENTS": incidents, "CAMERAS": cameras, "DISTANCE": 100, "KEEP_EMPTY": False})["OUTPUT"]
    assert [row["number"] for row in dropped.getFeatures()] == ["b"]


def test_a_generalised_camera_has_bounds_and_neither_distance_nor_bearing(provider, tmp_path):
    records = [
        camera(0, *at(300, 90), position_precision_m=250.0),
        camera(1, *at(5000, 90), position_precision_m=250.0),
    ]
    layer = create_layer(make_snapshot(tmp_path, records, policy("analyst")))
    incidents = incident_layer([(point(LON, LAT),)])
    by_layer, by_file = (
        list(run({"INCIDENTS": incidents, "CAMERAS": source, "DISTANCE": 400})["OUTPUT"].getFeatures())
        for source in (layer, source_of(next(tmp_path.glob("*.gpkg"))))
    )
    for rows in (by_layer, by_file):
        assert len(rows) == 1
        row = rows[0]
        assert row["distance_m"] in (None, QVariant())
        assert row["bearing_deg"] in (None, QVariant())
        assert 0 <= row["distance_min_m"] <= 300 <= row["distance_max_m"] <= 300 + 360
    # The file alone knows the grid as well, so its bounds are as tight.
    assert by_layer[0].attributes() == by_file[0].attributes()


def test_field_names_that_clash_get_a_prefix_in_any_case(provider, cameras):
    fields = (("Agency", QVariant.String), ("rank", QVariant.Int), ("camera_id", QVariant.Int))
    incidents = incident_layer([(point(LON, LAT), "mine", 7, 9)], fields=fields)
    output = run({"INCIDENTS": incidents, "CAMERAS": cameras, "DISTANCE": 100})["OUTPUT"]
    row = next(output.getFeatures())
    assert (row["Agency"], row["camera_agency"]) == ("mine", "HEL")
    assert (row["rank"], row["camera_rank"]) == (7, 1)
    assert row["camera_id"] == 9
    assert len(row["camera_camera_id"]) == 36


def test_a_multipoint_lists_a_camera_once_from_its_nearest_point(provider, cameras):
    near, far = at(30, 200), at(60, 20)
    wkt = f"MULTIPOINT(({far[0]:.12f} {far[1]:.12f}),({near[0]:.12f} {near[1]:.12f}))"
    incidents = incident_layer([(wkt,)], kind="MultiPoint")
    result = run({"INCIDENTS": incidents, "CAMERAS": cameras, "DISTANCE": 150, "BUFFERS": "TEMPORARY_OUTPUT"})
    rows = list(result["OUTPUT"].getFeatures())
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    assert len({row["camera_id"] for row in rows}) == len(rows)
    assert rows[0]["distance_m"] == pytest.approx(10.0, abs=0.001)
    assert result["BUFFERS"].featureCount() == 1


def test_circles_are_geodesic_carry_the_incident_and_are_cut_at_the_antimeridian(provider, cameras):
    incidents = incident_layer([(point(LON, LAT), "A"), (point(179.9999, 10), "B")], fields=TEXT_FIELD)
    result = run({"INCIDENTS": incidents, "CAMERAS": cameras, "DISTANCE": 400, "BUFFERS": "TEMPORARY_OUTPUT"})
    circles = list(result["BUFFERS"].getFeatures())
    assert [circle["number"] for circle in circles] == ["A", "B"]
    corners = [(vertex.x(), vertex.y()) for vertex in circles[0].geometry().vertices()]
    distances = [GEOD.inv(LON, LAT, *corner)[2] for corner in corners]
    assert max(abs(distance - 400) for distance in distances) < 1e-4
    box = circles[1].geometry().boundingBox()
    assert (box.xMinimum(), box.xMaximum()) == (-180, 180)
    areas = [abs(GEOD.geometry_area_perimeter(_shape(circle))[0]) for circle in circles]
    assert areas[1] == pytest.approx(areas[0], rel=1e-3)


def _shape(feature: QgsFeature) -> Any:
    from shapely import wkt

    return wkt.loads(feature.geometry().asWkt(12))


def test_incidents_without_a_usable_position_are_counted_and_reported(provider, cameras):
    listener = Listener()
    rows = [(None,), ("POINT(nan nan)",), ("POINT(0 95)",), (point(LON, LAT),)]
    run({"INCIDENTS": incident_layer(rows), "CAMERAS": cameras, "DISTANCE": 150}, listener)
    assert any(warning.startswith("3 of 4 incidents") for warning in listener.warnings)


def test_empty_layers_work_with_a_warning(provider, cameras):
    listener = Listener()
    output = run({"INCIDENTS": incident_layer([]), "CAMERAS": cameras, "DISTANCE": 150}, listener)["OUTPUT"]
    assert output.featureCount() == 0
    assert any("holds no incidents" in warning for warning in listener.warnings)
    listener = Listener()
    nobody = incident_layer([])
    output = run({"INCIDENTS": incident_layer([(point(LON, LAT),)]), "CAMERAS": nobody, "DISTANCE": 150}, listener)
    assert output["OUTPUT"].featureCount() == 1
    assert any("camera layer is empty" in warning for warning in listener.warnings)


@pytest.mark.parametrize("distance", [0, -5, 60_000, "near", float("nan"), None])
def test_a_distance_that_cannot_be_searched_is_one_message_with_what_to_do(provider, cameras, distance):
    with pytest.raises(QgsProcessingException, match=r"above 0 and up to 50,000"):
        run({"INCIDENTS": incident_layer([(point(LON, LAT),)]), "CAMERAS": cameras, "DISTANCE": distance})


def test_a_layer_without_a_coordinate_system_is_named(provider, cameras):
    incidents = incident_layer([(point(LON, LAT),)])
    incidents.setCrs(QgsCoordinateReferenceSystem())
    with pytest.raises(QgsProcessingException, match=r'"Incidents" has no coordinate system.*Set it'):
        run({"INCIDENTS": incidents, "CAMERAS": cameras, "DISTANCE": 150})


def test_a_geopackage_of_incidents_with_ids_goes_into_a_geopackage(provider, cameras, tmp_path):
    source, target = tmp_path / "incidents.gpkg", tmp_path / "out.gpkg"
    import processing

    memory = incident_layer([(point(LON, LAT), "A"), (point(LON, LAT), "B")], fields=TEXT_FIELD)
    processing.run("native:savefeatures", {"INPUT": memory, "OUTPUT": str(source)})
    run({"INCIDENTS": str(source), "CAMERAS": cameras, "DISTANCE": 150, "OUTPUT": str(target)})
    layer = QgsVectorLayer(str(target), "out", "ogr")
    assert [row["number"] for row in layer.getFeatures()] == ["A", "A", "B", "B"]


def test_only_the_selected_incidents_and_cameras_are_used(provider, cameras):
    incidents = incident_layer([(point(LON, LAT), "A"), (point(LON, LAT), "B")], fields=TEXT_FIELD)
    incidents.selectByIds([2])
    cameras.selectByExpression("\"camera_id\" = '00000000-0000-4000-8000-000000000003'")
    QgsProject.instance().addMapLayers([incidents, cameras])
    sources = [QgsProcessingFeatureSourceDefinition(layer.id(), True) for layer in (incidents, cameras)]
    output = run({"INCIDENTS": sources[0], "CAMERAS": sources[1], "DISTANCE": 150})["OUTPUT"]
    assert [(row["number"], round(row["distance_m"])) for row in output.getFeatures()] == [("B", 40)]
    QgsProject.instance().removeAllMapLayers()


def test_cancel_stops_without_an_error(provider, cameras):
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(ID)
    listener = Listener()
    listener.cancel()
    context = QgsProcessingContext()
    parameters = {
        "INCIDENTS": incident_layer([(point(LON, LAT),)]), "CAMERAS": cameras, "DISTANCE": 150, "OUTPUT": "memory:",
    }  # fmt: skip
    results, finished = algorithm.run(parameters, context, listener)
    assert finished
    assert results == {}


def test_it_runs_inside_a_model(provider, cameras):
    model = QgsProcessingModelAlgorithm("two steps", "test")
    for name in ("incidents", "cameras"):
        model.addModelParameter(QgsProcessingParameterFeatureSource(name, name), QgsProcessingModelParameter(name))
    child = QgsProcessingModelChildAlgorithm(ID)
    child.setChildId("near")
    source = QgsProcessingModelChildParameterSource
    child.addParameterSources("INCIDENTS", [source.fromModelParameter("incidents")])
    child.addParameterSources("CAMERAS", [source.fromModelParameter("cameras")])
    child.addParameterSources("DISTANCE", [source.fromExpression("100 + 50")])
    child.setModelOutputs({"found": _model_output("found", "near", "OUTPUT")})
    model.addChildAlgorithm(child)
    context = QgsProcessingContext()
    incidents = incident_layer([(point(LON, LAT),)])
    QgsProject.instance().addMapLayers([incidents, cameras])
    context.setProject(QgsProject.instance())
    (found,) = (definition.name() for definition in model.destinationParameterDefinitions())
    parameters = {"incidents": incidents.id(), "cameras": cameras.id(), found: "memory:"}
    results, finished = model.run(parameters, context, Listener())
    assert finished
    assert context.getMapLayer(results[found]).featureCount() == 2
    QgsProject.instance().removeAllMapLayers()


def _model_output(name: str, child: str, output: str) -> QgsProcessingModelOutput:
    model_output = QgsProcessingModelOutput(name, name)
    model_output.setChildId(child)
    model_output.setChildOutputName(output)
    return model_output


def test_the_help_names_units_and_gives_an_example(provider):
    text = QgsApplication.processingRegistry().algorithmById(ID).shortHelpString()
    for word in ("metres", "EPSG:4326", "Example", "may"):
        assert word in text
