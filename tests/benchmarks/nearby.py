"""Nearby cameras beside QGIS's own buffer, extract by location and join by location."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyproj import Geod, Transformer

from .made_cameras import places
from .timing import Comparison, compare

UTM = "EPSG:32618"
CLICK_RADIUS_M = 400.0
BATCH_RADIUS_M = 150.0
CLICKS = 50
SAMPLED_INCIDENTS = 100


def point_layer(name: str, lon: np.ndarray, lat: np.ndarray, crs: str) -> Any:
    """Return an indexed memory layer in `crs`, with its row as text in the field camera_id, as cameras have one."""
    from qgis.core import QgsFeature, QgsGeometry, QgsPointXY, QgsVectorLayer

    x, y = (lon, lat) if crs == "EPSG:4326" else Transformer.from_crs(4326, crs, always_xy=True).transform(lon, lat)
    layer = QgsVectorLayer(f"Point?crs={crs}&field=camera_id:string&index=yes", name, "memory")
    made = []
    for number in range(lon.size):
        feature = QgsFeature(layer.fields())
        feature.setAttributes([str(number)])
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(x[number], y[number])))
        made.append(feature)
    layer.dataProvider().addFeatures(made)
    return layer


def true_hits(lon: np.ndarray, lat: np.ndarray, at: tuple[float, float], radius_m: float) -> set[int]:
    """Return the rows within a geodesic distance: pyproj.Geod over all of them."""
    distance = Geod(ellps="WGS84").inv(np.full(lon.size, at[0]), np.full(lat.size, at[1]), lon, lat)[2]
    return set(np.flatnonzero(distance <= radius_m).tolist())


def native_hits(cameras: Any, at: Any, radius_m: float) -> set[int]:
    """Return what a user gets today: buffer, then extract by location, in the local UTM zone."""
    import processing

    buffered = {"INPUT": at, "DISTANCE": radius_m, "SEGMENTS": 5, "OUTPUT": "TEMPORARY_OUTPUT"}
    circle = processing.run("native:buffer", buffered)["OUTPUT"]
    wanted = {"INPUT": cameras, "PREDICATE": [0], "INTERSECT": circle, "OUTPUT": "TEMPORARY_OUTPUT"}
    found = processing.run("native:extractbylocation", wanted)["OUTPUT"]
    return {int(feature["camera_id"]) for feature in found.getFeatures()}


def click(count: int, runs: int) -> Comparison:
    """One click among `count` cameras: the median place of a few, each compared with the truth."""
    from camera_registry_plugin.search.nearby import CameraSearch

    lon, lat = places(count)
    search = CameraSearch(lon, lat)
    cameras = point_layer("cameras", lon, lat, UTM)
    spots = [(float(lon[row]), float(lat[row])) for row in range(0, count, max(1, count // CLICKS))][:CLICKS]
    missed = pairs = 0
    for spot in spots:
        truth = true_hits(lon, lat, spot, CLICK_RADIUS_M)
        if set(search.near(*spot, CLICK_RADIUS_M).camera.tolist()) != truth:
            raise SystemExit("bench: a search differs from pyproj.Geod; no time is worth taking.")
    marks = [point_layer("click", np.array([spot[0]]), np.array([spot[1]]), UTM) for spot in spots[:5]]
    for spot, mark in zip(spots, marks):
        truth = true_hits(lon, lat, spot, CLICK_RADIUS_M)
        pairs += len(truth)
        missed += len(truth ^ native_hits(cameras, mark, CLICK_RADIUS_M))
    print(f"bench: QGIS's way errs in {missed} of {pairs} pairs at {CLICK_RADIUS_M:.0f} m; ours in none")
    return compare(
        f"{len(marks)} clicks, {CLICK_RADIUS_M:.0f} m, {count:,} cameras, with Geod distances",
        lambda: [search.near(*spot, CLICK_RADIUS_M) for spot in spots[: len(marks)]],
        "native buffer + extract by location",
        lambda: [native_hits(cameras, mark, CLICK_RADIUS_M) for mark in marks],
        runs,
    )


def batch(incident_count: int, camera_count: int, runs: int) -> list[Comparison]:
    """A whole incident layer: the search alone, and the algorithm with its table, beside QGIS's own two steps."""
    import processing

    from camera_registry_plugin.search.nearby import CameraSearch

    lon, lat = places(camera_count)
    from_lon, from_lat = places(incident_count, seed=7)
    cameras = point_layer("cameras", lon, lat, UTM)
    incidents = point_layer("incidents", from_lon, from_lat, UTM)

    def ours() -> Any:
        parameters = {"INCIDENTS": incidents, "CAMERAS": cameras, "DISTANCE": BATCH_RADIUS_M, "KEEP_EMPTY": False}
        return processing.run("cameraregistry:nearbycameras", {**parameters, "OUTPUT": "TEMPORARY_OUTPUT"})["OUTPUT"]

    def theirs() -> Any:
        buffered = {"INPUT": incidents, "DISTANCE": BATCH_RADIUS_M, "SEGMENTS": 5, "OUTPUT": "TEMPORARY_OUTPUT"}
        circles = processing.run("native:buffer", buffered)["OUTPUT"]
        joined = {"INPUT": circles, "JOIN": cameras, "PREDICATE": [0], "METHOD": 0, "DISCARD_NONMATCHING": True}
        return processing.run("native:joinattributesbylocation", {**joined, "OUTPUT": "TEMPORARY_OUTPUT"})["OUTPUT"]

    require_truth(ours(), (from_lon, from_lat), (lon, lat))
    print(f"bench: QGIS's way finds {theirs().featureCount():,} pairs, ours {ours().featureCount():,}")
    job = f"{incident_count:,} incidents x {camera_count:,} cameras, {BATCH_RADIUS_M:.0f} m"
    beside = "native buffer + join by location"

    def pairs() -> int:
        search = CameraSearch(lon, lat)
        return sum(part.rank.size for part in search.pairs(from_lon, from_lat, BATCH_RADIUS_M))

    if pairs() != ours().featureCount():
        raise SystemExit("bench: the search and the algorithm differ; no time is worth taking.")
    return [
        compare(f"{job}, index and ranked pairs", pairs, beside, theirs, runs),
        compare(f"{job}, table of every field", ours, beside, theirs, runs),
    ]


def require_truth(found: Any, incidents: tuple[np.ndarray, ...], cameras: tuple[np.ndarray, ...]) -> None:
    """End the run unless every sampled incident has just the cameras that pyproj.Geod says it has."""
    pairs: dict[int, set[int]] = {}
    for row in found.getFeatures():
        # The incidents' own field comes first; the camera's, whose name is taken, is prefixed.
        pairs.setdefault(int(row["camera_id"]), set()).add(int(row["camera_camera_id"]))
    for number in range(0, incidents[0].size, max(1, incidents[0].size // SAMPLED_INCIDENTS)):
        spot = (incidents[0][number], incidents[1][number])
        if pairs.get(number, set()) != true_hits(*cameras, spot, BATCH_RADIUS_M):
            raise SystemExit("bench: an incident's cameras differ from pyproj.Geod's; no time is worth taking.")


def run(camera_count: int, incident_count: int, runs: int) -> list[Comparison]:
    """Start QGIS without a window and make both comparisons."""
    from scripts.headless_qgis import headless_qgis

    with headless_qgis():
        return [click(camera_count, runs), *batch(incident_count, camera_count, runs)]
