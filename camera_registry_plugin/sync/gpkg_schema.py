"""The tables and triggers of a GeoPackage 1.3 with one point layer, as OGC 12-128r17 asks for them."""

from __future__ import annotations

import sqlite3

from camera_registry_plugin.registry.fields import FIELDS
from camera_registry_plugin.registry.snapshot_format import GEOMETRY, LAYER, LAYER_TITLE, ROW_VERSION, SRID

APPLICATION_ID = 0x47504B47  # "GPKG"
USER_VERSION = 10300
RTREE = f"rtree_{LAYER}_{GEOMETRY}"

_SQL_TYPES = {"number": "REAL", "date": "DATE"}  # every other kind is TEXT

_WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],'
    'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],'
    'AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]'
)

_TABLES = """
CREATE TABLE gpkg_spatial_ref_sys (
    srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
    table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
    description TEXT DEFAULT '',
    last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_ogr_contents (
    table_name TEXT NOT NULL PRIMARY KEY, feature_count INTEGER DEFAULT NULL);
CREATE TABLE gpkg_geometry_columns (
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
    srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
    CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
    CONSTRAINT uk_gc_table_name UNIQUE (table_name),
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_extensions (
    table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
    scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE registry_state (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL);
CREATE TABLE refused_records (
    camera_id TEXT PRIMARY KEY NOT NULL, row_version INTEGER NOT NULL, reason TEXT NOT NULL);
"""

# The names are those that GDAL 3.6's validator asks for; later GDAL accepts them too.
_TRIGGERS = """
CREATE TRIGGER "{rtree}_insert" AFTER INSERT ON "{table}"
WHEN (NEW."{geom}" NOT NULL AND NOT ST_IsEmpty(NEW."{geom}"))
BEGIN INSERT OR REPLACE INTO "{rtree}" VALUES ({box}); END;
CREATE TRIGGER "{rtree}_update1" AFTER UPDATE OF "{geom}" ON "{table}"
WHEN OLD.fid = NEW.fid AND (NEW."{geom}" NOTNULL AND NOT ST_IsEmpty(NEW."{geom}"))
BEGIN INSERT OR REPLACE INTO "{rtree}" VALUES ({box}); END;
CREATE TRIGGER "{rtree}_update2" AFTER UPDATE OF "{geom}" ON "{table}"
WHEN OLD.fid = NEW.fid AND (NEW."{geom}" ISNULL OR ST_IsEmpty(NEW."{geom}"))
BEGIN DELETE FROM "{rtree}" WHERE id = OLD.fid; END;
CREATE TRIGGER "{rtree}_update3" AFTER UPDATE ON "{table}"
WHEN OLD.fid != NEW.fid AND (NEW."{geom}" NOTNULL AND NOT ST_IsEmpty(NEW."{geom}"))
BEGIN DELETE FROM "{rtree}" WHERE id = OLD.fid; INSERT OR REPLACE INTO "{rtree}" VALUES ({box}); END;
CREATE TRIGGER "{rtree}_update4" AFTER UPDATE ON "{table}"
WHEN OLD.fid != NEW.fid AND (NEW."{geom}" ISNULL OR ST_IsEmpty(NEW."{geom}"))
BEGIN DELETE FROM "{rtree}" WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER "{rtree}_delete" AFTER DELETE ON "{table}" WHEN OLD."{geom}" NOT NULL
BEGIN DELETE FROM "{rtree}" WHERE id = OLD.fid; END;
CREATE TRIGGER "trigger_insert_feature_count_{table}" AFTER INSERT ON "{table}"
BEGIN UPDATE gpkg_ogr_contents SET feature_count = feature_count + 1 WHERE lower(table_name) = lower('{table}'); END;
CREATE TRIGGER "trigger_delete_feature_count_{table}" AFTER DELETE ON "{table}"
BEGIN UPDATE gpkg_ogr_contents SET feature_count = feature_count - 1 WHERE lower(table_name) = lower('{table}'); END;
"""


def _run(connection: sqlite3.Connection, script: str, separator: str) -> None:
    """Run statements one by one; executescript() would commit the transaction that is under way."""
    for statement in script.split(separator):
        if statement.strip():
            connection.execute(statement + separator)


def create_tables(connection: sqlite3.Connection) -> None:
    """Make the empty tables of a snapshot, without index and triggers, inside the open transaction."""
    _run(connection, _TABLES, ";\n")
    columns = ", ".join(f'"{field.name}" {_SQL_TYPES.get(field.kind, "TEXT")}' for field in FIELDS)
    connection.execute(
        f'CREATE TABLE "{LAYER}" (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "{GEOMETRY}" POINT, '
        f'{columns}, "{ROW_VERSION}" INTEGER)'
    )
    connection.executemany(
        "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)",
        [
            ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", "undefined Cartesian coordinate reference system"),
            ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic coordinate reference system"),
            ("WGS 84 geodetic", SRID, "EPSG", 4326, _WGS84, "longitude/latitude in decimal degrees on WGS 84"),
        ],
    )


def register_layer(
    connection: sqlite3.Connection, count: int, extent: tuple[float, float, float, float] | None
) -> None:
    """Enter the layer with its number of rows in the GeoPackage's own tables."""
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, min_x, min_y, max_x, max_y, srs_id)"
        " VALUES (?, 'features', ?, '', ?, ?, ?, ?, ?)",
        (LAYER, LAYER_TITLE, *(extent or (None,) * 4), SRID),
    )
    connection.execute("INSERT INTO gpkg_ogr_contents VALUES (?, ?)", (LAYER, count))
    connection.execute("INSERT INTO gpkg_geometry_columns VALUES (?, ?, 'POINT', ?, 0, 0)", (LAYER, GEOMETRY, SRID))
    definition = "http://www.geopackage.org/spec120/#extension_rtree"
    # Where this extension is declared, GDAL and QGIS offer registered tables only: the side tables are no layers.
    aspatial = "http://gdal.org/geopackage_aspatial.html"
    connection.executemany(
        "INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)",
        [
            (LAYER, GEOMETRY, "gpkg_rtree_index", definition, "write-only"),
            (None, None, "gdal_aspatial", aspatial, "read-write"),
        ],
    )


def create_triggers(connection: sqlite3.Connection) -> None:
    """Make the triggers that keep index and count right where other software edits a copy of the file."""
    box = "NEW.fid, " + ", ".join(f'ST_{bound}(NEW."{GEOMETRY}")' for bound in ("MinX", "MaxX", "MinY", "MaxY"))
    _run(connection, _TRIGGERS.format(rtree=RTREE, table=LAYER, geom=GEOMETRY, box=box), "END;\n")
