"""Layers and snapshots become arrays of degrees, whatever their coordinate system and however bad their rows."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Transformer
from qgis.core import QgsCoordinateReferenceSystem, QgsProject

from camera_registry_plugin.bridge.camera_arrays import read_cameras, to_wgs84
from camera_registry_plugin.bridge.layer import create_layer, feature_ids
from camera_registry_plugin.bridge.nearby import LayerSearches
from camera_registry_plugin.bridge.snapshot_arrays import snapshot_arrays
from camera_registry_plugin.registry.errors import Cancelled, InvalidInput
from tests.camera_registry_plugin.desk_factories import (
    LAT,
    LON,
    camera,
    camera_id,
    incident_layer,
    make_snapshot,
    point,
)


def context():
    return QgsProject.instance().transformContext()


@pytest.mark.parametrize("crs", ["EPSG:2248", "EPSG:26985", "EPSG:3857", "EPSG:4326"])
def test_feet_metres_and_degrees_become_degrees(qgis_app, owned, crs):
    lon, lat = np.array([-76.6, -76.5]), np.array([39.3, 39.2])
    x, y = Transformer.from_crs(4326, crs, always_xy=True).transform(lon, lat)
    layer = owned(incident_layer([(f"POINT({a:.10f} {b:.10f})",) for a, b in zip(x, y)], crs=crs))
    arrays = read_cameras(layer, "Cameras", context())
    assert np.allclose(arrays.lon, lat * 0 + lon, atol=2e-5)
    assert np.allclose(arrays.lat, lat, atol=2e-5)
    assert arrays.feature_ids.tolist() == [feature.id() for feature in layer.getFeatures()]


def test_bad_rows_are_nan_and_the_others_stay_in_place(qgis_app, owned):
    rows = [(point(LON, LAT),), (None,), ("POINT(nan nan)",), ("POINT EMPTY",), (point(LON, LAT),)]
    arrays = read_cameras(owned(incident_layer(rows)), "Cameras", context())
    assert np.isfinite(arrays.lon).tolist() == [True, False, False, False, True]


def test_a_point_that_cannot_be_transformed_spoils_no_other(qgis_app):
    good = 385_000.0, 6_672_000.0
    x = np.array([good[0], 1e300, good[0], np.inf, 1e12, good[0]])
    y = np.array([good[1], 1e300, good[1], 0.0, 1e12, good[1]])
    lon, lat = to_wgs84(x, y, QgsCoordinateReferenceSystem("EPSG:3067"), context())
    assert np.isfinite(lon[[0, 2, 5]]).all()
    assert np.allclose(lat[[0, 2, 5]], lat[0])
    assert np.isnan(lon[[1, 3]]).all()


def test_a_multipoint_camera_is_a_row_for_each_part(qgis_app, owned):
    layer = owned(incident_layer([("MULTIPOINT((24 60),(25 61))",)], kind="MultiPoint"))
    arrays = read_cameras(layer, "Cameras", context())
    assert arrays.lon.tolist() == [24, 25]
    assert len(set(arrays.feature_ids.tolist())) == 1


def test_a_layer_without_a_coordinate_system_is_named(qgis_app, owned):
    layer = owned(incident_layer([(point(LON, LAT),)]))
    layer.setCrs(QgsCoordinateReferenceSystem())
    with pytest.raises(InvalidInput, match='"My cameras" has no coordinate system'):
        read_cameras(layer, "My cameras", context())


def test_reading_can_be_cancelled(qgis_app, owned):
    with pytest.raises(Cancelled):
        read_cameras(owned(incident_layer([(point(LON, LAT),)])), "Cameras", context(), lambda: True)


def test_the_short_way_into_a_snapshot_reads_what_the_features_say(tmp_path, owned):
    random = np.random.default_rng(1)
    records = [
        camera(i, *random.uniform(-80, 80, 2).tolist(), position_precision_m=float(random.choice([0, 250])))
        for i in range(500)
    ]
    layer = owned(create_layer(make_snapshot(tmp_path, records)))
    short, long = snapshot_arrays(layer), read_cameras(layer, "Cameras", context())
    for name in short._fields:
        assert np.array_equal(getattr(short, name), getattr(long, name)), name


def test_a_filtered_layer_is_not_read_the_short_way(tmp_path, owned):
    layer = owned(create_layer(make_snapshot(tmp_path, [camera(0), camera(1)])))
    assert layer.setSubsetString(f"\"camera_id\" = '{camera_id(1)}'")
    assert snapshot_arrays(layer) is None
    assert [row.camera_id for row in LayerSearches().near(layer, LON, LAT, 100.0)] == [camera_id(1)]


def test_an_index_is_kept_until_its_layer_changes(qgis_app, owned):
    layer = owned(incident_layer([(point(LON, LAT),)]))
    searches = LayerSearches()
    first = searches.indexed(layer)
    assert searches.indexed(layer) is first
    layer.startEditing()
    layer.deleteFeature(1)
    assert searches.near(layer, LON, LAT, 100.0) == []
    layer.rollBack()
    assert len(searches.near(layer, LON, LAT, 100.0)) == 1
    searches.clear()


def test_an_index_goes_with_its_layer(tmp_path, qgis_app):
    searches = LayerSearches()
    layer = create_layer(make_snapshot(tmp_path, [camera(0)]))
    QgsProject.instance().addMapLayer(layer)
    assert len(searches.near(layer, LON, LAT, 100.0)) == 1
    assert feature_ids(layer, [camera_id(0)]) == [1]
    QgsProject.instance().removeMapLayer(layer.id())
    assert not searches._indexed
    searches.clear()


@pytest.mark.parametrize(("lon", "lat", "radius"), [(float("nan"), 1, 5), (0, 91, 5), (1, 1, 0), (1, 1, 60_000)])
def test_a_search_refuses_no_place_and_no_radius(qgis_app, owned, lon, lat, radius):
    layer = owned(incident_layer([(point(LON, LAT),)]))
    with pytest.raises(InvalidInput):
        LayerSearches().near(layer, lon, lat, radius)
