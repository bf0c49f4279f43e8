"""The demo's address register and incidents: synthetic, seeded, and labelled so."""

from __future__ import annotations

import csv
import math
import random
from datetime import datetime, timedelta, timezone
from pathlib import Path

from osgeo import gdal, ogr, osr

from .map_extract import HouseNumber, house_numbers, street_points

AGENCY = "HEL"
MUNICIPALITY = "Helsinki"
SEED = 20_260_101
INCIDENT_COUNT = 14
INCIDENT_SRID = 3067  # ETRS-TM35FIN: a crime analyst's layers are seldom in degrees
INCIDENT_KINDS = ("Burglary", "Robbery", "Vandalism", "Theft from vehicle", "Assault", "Hit and run")
METRES_PER_DEGREE = 111_195.0  # of latitude, on the mean Earth radius of 6,371 km; enough to place demo points
SIDE_OF_STREET_M = 11.0
NEIGHBOUR_M = 16.0


def write_addresses(basemap: Path, target: Path) -> int:
    """Write the address register (CSV) and return its rows: the extract's house numbers, filled up along the streets.

    Numbers from 900 on are made up, and stand where the extract has no address within 16 m.
    """
    houses = house_numbers()
    taken = {_bucket(house.lon, house.lat) for house in houses}
    made_up = 900
    for street, lon, lat, across_x, across_y in street_points(basemap, 0.00018):
        for side in (1, -1):
            here_lon = lon + side * across_x * SIDE_OF_STREET_M / (METRES_PER_DEGREE * math.cos(math.radians(lat)))
            here_lat = lat + side * across_y * SIDE_OF_STREET_M / METRES_PER_DEGREE
            if not taken & _around(here_lon, here_lat):
                taken.add(_bucket(here_lon, here_lat))
                made_up += 1
                houses.append(HouseNumber(street, str(made_up), "apartment", here_lon, here_lat))
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["street", "number", "municipality", "premises", "lon", "lat"])
        for house in houses:
            row = [house.street, house.number, MUNICIPALITY, house.premises, f"{house.lon:.7f}", f"{house.lat:.7f}"]
            writer.writerow(row)
    return len(houses)


def _bucket(lon: float, lat: float) -> tuple[int, int]:
    size = NEIGHBOUR_M / METRES_PER_DEGREE
    return math.floor(lon * math.cos(math.radians(60.17)) / size), math.floor(lat / size)


def _around(lon: float, lat: float) -> set[tuple[int, int]]:
    column, row = _bucket(lon, lat)
    return {(column + dx, row + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)}


def write_incidents(basemap: Path, target: Path, now: datetime) -> int:
    """Write the layer `incidents` (points, EPSG:3067, times in the 20 days before `now`) and return its rows."""
    target.unlink(missing_ok=True)
    dice = random.Random(SEED)
    places = dice.sample(street_points(basemap, 0.0003), INCIDENT_COUNT)
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(target))
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(INCIDENT_SRID)
    degrees = osr.SpatialReference()
    degrees.ImportFromEPSG(4326)
    degrees.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    to_metres = osr.CoordinateTransformation(degrees, reference)
    layer = source.CreateLayer("incidents", reference, ogr.wkbPoint)
    layer.CreateField(ogr.FieldDefn("incident_number", ogr.OFTString))
    layer.CreateField(ogr.FieldDefn("incident_type", ogr.OFTString))
    layer.CreateField(ogr.FieldDefn("occurred_at", ogr.OFTDateTime))
    layer.CreateField(ogr.FieldDefn("note", ogr.OFTString))
    for number, (_street, lon, lat, _x, _y) in enumerate(places, start=1):
        occurred = now.astimezone(timezone.utc) - timedelta(minutes=dice.randrange(3 * 60, 20 * 24 * 60))
        feature = ogr.Feature(layer.GetLayerDefn())
        feature["incident_number"] = f"DEMO-{number:04d}"
        feature["incident_type"] = dice.choice(INCIDENT_KINDS)
        feature["occurred_at"] = occurred.strftime("%Y/%m/%d %H:%M:00+00")
        feature["note"] = "synthetic"
        point = ogr.CreateGeometryFromWkt(f"POINT ({lon} {lat})")
        point.Transform(to_metres)
        feature.SetGeometry(point)
        layer.CreateFeature(feature)
    return len(places)


gdal.UseExceptions()
