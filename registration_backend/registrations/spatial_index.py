"""Gives SpatiaLite back the index of the agencies' areas, which is lost whenever a migration rebuilds their table."""

from __future__ import annotations

from typing import Any

from django.db import connections

from registrations.models import Jurisdiction

TABLE, COLUMN = Jurisdiction._meta.db_table, "area"


def ensure_index(using: str, **_: Any) -> None:
    """Build the R-tree of the areas in the database `using`, where SpatiaLite keeps none; after each migration.

    Django's migrations copy a table to change it, and SpatiaLite's triggers do not move with the copy.
    """
    connection = connections[using]
    if using != "default" or connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT spatial_index_enabled FROM geometry_columns WHERE f_table_name = %s AND f_geometry_column = %s",
            [TABLE, COLUMN],
        )
        row = cursor.fetchone()
        if row is None or row[0] == 1:
            return
        cursor.execute(f'DROP TABLE IF EXISTS "idx_{TABLE}_{COLUMN}"')
        cursor.execute("SELECT CreateSpatialIndex(%s, %s)", [TABLE, COLUMN])
        if cursor.fetchone() != (1,):
            raise RuntimeError("SpatiaLite could not build the index of the areas.")
