"""Writes one snapshot as a whole new GeoPackage, and verifies it; a file once finished is never edited."""

from __future__ import annotations

import gc
import sqlite3
import struct
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from camera_registry_plugin.registry import digest
from camera_registry_plugin.registry.errors import SnapshotError
from camera_registry_plugin.registry.fields import FIELDS
from camera_registry_plugin.registry.record import CameraRecord
from camera_registry_plugin.registry.snapshot_format import SRID

from . import durable, gpkg_schema, rtree

PAGE_SIZE = 4096
# Header of a GeoPackage point without an envelope (little-endian), then its WKB: OGC 12-128r17, 2.1.3.
_PREFIX = b"GP\x00\x01" + struct.pack("<i", SRID) + b"\x01" + struct.pack("<I", 1)
_COORDINATES = struct.Struct("<dd").pack
POINT_BYTES = len(_PREFIX) + 16
_MARKS = ", ".join("?" * (len(FIELDS) + 3))  # fid, geometry, fields, row_version
_INSERT = " ".join(("INSERT INTO registered_cameras VALUES (", _MARKS, ")"))


class RefusedRecord(NamedTuple):
    """A record the source sent that may not be stored; kept without its content so that digests still add up."""

    camera_id: str
    row_version: int
    reason: str


@dataclass(frozen=True)
class Expected:
    """What the source says this reader may see, refused records included; `digest` is 32 hexadecimal digits."""

    count: int
    digest: str


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the cyclic garbage collector from walking a hundred thousand live tuples again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class SnapshotWriter:
    """One GeoPackage in the making, in one transaction, with no journal: a crash leaves a file nobody points to.

    A row, once written, is not deleted here: a deleted row's coordinates would stay in the file. Whoever needs
    fewer rows copies the rest into another new file (`copy`).
    """

    def __init__(self, path: Path) -> None:
        durable.create_private(path)
        self.path = path
        self._next_fid = 1
        self._connection = sqlite3.connect(str(path), isolation_level=None)
        self._connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "temp_store = MEMORY"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("PRAGMA cache_size = -65536")
        self._connection.execute(f"PRAGMA application_id = {gpkg_schema.APPLICATION_ID}")
        self._connection.execute(f"PRAGMA user_version = {gpkg_schema.USER_VERSION}")
        self._connection.execute("BEGIN")
        gpkg_schema.create_tables(self._connection)

    @property
    def count(self) -> int:
        """How many rows the file holds."""
        return self._next_fid - 1

    def close(self) -> None:
        """Let go of the file; what was not finished is not a snapshot."""
        self._connection.close()

    def insert(self, records: Iterable[CameraRecord]) -> int:
        """Append records and return the fid of the first of them; they get consecutive fids."""
        first = self._next_fid
        rows = [
            (fid, _PREFIX + _COORDINATES(record.lon, record.lat), *record.values, record.row_version)
            for fid, record in enumerate(records, first)
        ]
        self._connection.executemany(_INSERT, rows)
        self._next_fid += len(rows)
        return first

    def insert_refused(self, records: Iterable[RefusedRecord]) -> None:
        """Remember which records were refused, by id and version, without anything they held."""
        self._connection.executemany("INSERT OR REPLACE INTO refused_records VALUES (?, ?, ?)", records)

    def copy(self, other: Path, without_ids: Collection[str] = (), without_fids: Collection[int] = ()) -> None:
        """Append the rows of another finished or committed snapshot file, but for those named."""
        with closing(sqlite3.connect(str(other))) as source:
            self.insert_refused(
                row for row in source.execute("SELECT * FROM refused_records") if row[0] not in without_ids
            )
            cursor = source.execute("SELECT * FROM registered_cameras ORDER BY fid")
            for rows in iter(lambda: cursor.fetchmany(10_000), []):
                kept = [row for row in rows if row[2] not in without_ids and row[0] not in without_fids]
                self._connection.executemany(_INSERT, [(fid, *row[1:]) for fid, row in enumerate(kept, self._next_fid)])
                self._next_fid += len(kept)

    def commit(self) -> None:
        """Make the rows readable for `copy` into another file; nothing can be added afterwards."""
        self._connection.execute("COMMIT")
        self.close()

    def finish(self, state: Mapping[str, str]) -> None:
        """Write index, metadata and `state`, make the triggers last, and commit."""
        count, extent = self._write_index()
        self._connection.executemany("INSERT INTO registry_state VALUES (?, ?)", sorted(state.items()))
        gpkg_schema.register_layer(self._connection, count, extent)
        gpkg_schema.create_triggers(self._connection)
        self.commit()

    def _write_index(self) -> tuple[int, tuple[float, float, float, float] | None]:
        """Pack the R-tree from the stored points; return their number and (min_x, min_y, max_x, max_y)."""
        import numpy as np

        stored = self._connection.execute("SELECT geom FROM registered_cameras ORDER BY fid")
        raw = np.frombuffer(b"".join(row[0] for row in stored), dtype=np.uint8).reshape(-1, POINT_BYTES)
        points = raw[:, len(_PREFIX) :].copy().view("<f8")
        x, y = points[:, 0], points[:, 1]
        nodes, rowids, parents = rtree.pack(np.arange(1, len(x) + 1), rtree.outward_float32(x, y), PAGE_SIZE)
        self._connection.execute(f'CREATE VIRTUAL TABLE "{gpkg_schema.RTREE}" USING rtree(id, minx, maxx, miny, maxy)')
        self._connection.executemany("INSERT OR REPLACE INTO rtree_registered_cameras_geom_node VALUES (?, ?)", nodes)
        self._connection.executemany("INSERT INTO rtree_registered_cameras_geom_rowid VALUES (?, ?)", rowids)
        self._connection.executemany("INSERT INTO rtree_registered_cameras_geom_parent VALUES (?, ?)", parents)
        if not len(x):
            return 0, None
        return len(x), (float(x.min()), float(y.min()), float(x.max()), float(y.max()))


def verify(path: Path, expected: Expected, unlisted: Expected | None = None) -> int:
    """Read a finished file back and compare it with what the source said; return the number of its rows.

    `unlisted` is the share of refused records whose id is not a UUID and is therefore kept nowhere. Raises
    SnapshotError where the file is damaged and DigestMismatch where it does not hold what the source said.
    """
    with closing(sqlite3.connect(str(path))) as connection:
        connection.execute("PRAGMA query_only = ON")
        verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
        tree = rtree.check(connection, gpkg_schema.RTREE)
        total = int(unlisted.digest, 16) if unlisted else 0
        rows = refused = 0
        entry = digest.entry
        for camera_id, row_version in connection.execute("SELECT camera_id, row_version FROM registered_cameras"):
            total += entry(camera_id, row_version)
            rows += 1
        for camera_id, row_version in connection.execute("SELECT camera_id, row_version FROM refused_records"):
            total += entry(camera_id, row_version)
            refused += 1
        indexed = connection.execute("SELECT count(*) FROM rtree_registered_cameras_geom_rowid").fetchone()[0]
    if verdict != "ok" or tree != "ok" or indexed != rows:
        raise SnapshotError(
            "The new snapshot was damaged while it was written. The old one stays. Check the disk, then sync again.",
            f"integrity_check: {verdict}; rtreecheck: {tree}; indexed {indexed} of {rows}",
        )
    count = rows + refused + (unlisted.count if unlisted else 0)
    if count != expected.count or digest.to_hex(total % digest.MODULUS) != expected.digest:
        raise DigestMismatch(f"{count} records where {expected.count} were announced, or another digest")
    return rows


class DigestMismatch(SnapshotError):
    """What was stored is not what the source says this reader may see."""

    def __init__(self, details: str) -> None:
        super().__init__("The cameras received are not those that the registry announced.", details)
