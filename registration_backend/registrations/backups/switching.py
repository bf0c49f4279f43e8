"""Puts finished database files in the place of those in use; a switch that was begun is always ended, never undone.

A mark on the disk decides: before it exists nothing that is in use was changed, and from then on the old files count no
more. Whoever finds it renames what is not renamed yet, and removes it. Needs the databases for oneself (occupancy).
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from django.conf import settings

from registrations.backups.places import ALIASES, BackupError, database_file, sync_folder

_SIDE_FILES = ("-wal", "-shm", "-journal")


def mark_path() -> Path:
    """Return the file that exists from the moment a restore cannot be undone until both databases are switched."""
    path: Path = settings.VAR_DIR / "restore.begun"
    return path


def new_file(alias: str) -> Path:
    """Return where the restored database is prepared: beside the one in use, so that a rename is enough."""
    place = database_file(alias)
    return place.with_name(f"{place.name}.restored")


def is_begun() -> bool:
    """Return whether a switch was begun and not ended."""
    return mark_path().exists()


def settle(alias: str) -> None:
    """Bring all of a prepared database into its one file, and that onto the disk. Raises BackupError when damaged."""
    path = new_file(alias)
    with closing(sqlite3.connect(path)) as connection:
        mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
        if mode != ("delete",) or connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise BackupError("The restored database is damaged.")
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    sync_folder(path.parent)


def begin() -> None:
    """Decide for the prepared files, both settled: from now on every way leads to them. Raises OSError."""
    os.close(os.open(mark_path(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    sync_folder(mark_path().parent)


def finish() -> None:
    """Rename what is not renamed yet, then remove the mark; may be called again after any failure. Raises OSError."""
    for alias in ALIASES:
        place, new = database_file(alias), new_file(alias)
        if new.exists():
            for suffix in _SIDE_FILES:  # they belong to the old file and would be played into the new one
                Path(f"{place}{suffix}").unlink(missing_ok=True)
            os.replace(new, place)
            sync_folder(place.parent)
    mark_path().unlink()
    sync_folder(mark_path().parent)


def sweep() -> None:
    """Remove what a restore that died before its switch had prepared."""
    for alias in ALIASES:
        for suffix in ("", *_SIDE_FILES):
            Path(f"{new_file(alias)}{suffix}").unlink(missing_ok=True)
