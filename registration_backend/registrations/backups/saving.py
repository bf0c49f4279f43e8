"""Writes encrypted copies of the two embedded databases into two folders, and drops key backups that are too old."""

from __future__ import annotations

import io
import os
import re
import secrets
import sqlite3
import tempfile
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from registrations.backups import container
from registrations.backups.places import BackupError, backup_key, database_file
from registrations.backups.replaying import catch_up

_STAMP = "%Y%m%dT%H%M%SZ"
_KEY_BACKUP = re.compile(r"keys-(\d{8}T\d{6}Z)-[0-9a-f]{8}\.backup")


class Saved(NamedTuple):
    """The two new files, and how many old key backups were deleted."""

    data: Path
    keys: Path
    dropped: int


def save(data_folder: Path, key_folder: Path) -> Saved:
    """Back up both databases. Raises BackupError or OSError.

    The keys are copied last: a withdrawal in between then has its key in neither copy.
    """
    source, keys_source = database_file("default"), database_file("keys")
    secret = backup_key()
    data_folder, key_folder = _checked_folders(data_folder, key_folder)
    catch_up()  # from now on the database knows its journal, so that a restore notices when that is lost
    now = datetime.now(timezone.utc)
    stamp = f"{now.strftime(_STAMP)}-{secrets.token_hex(4)}"
    saved = Saved(data_folder / f"registry-{stamp}.backup", key_folder / f"keys-{stamp}.backup", 0)
    handle, name = tempfile.mkstemp(dir=settings.VAR_DIR, prefix=".backup-")
    os.close(handle)
    try:
        with closing(sqlite3.connect(name)) as target:
            copy_database(source, target)
        with open(name, "rb") as copied:
            container.write(saved.data, container.DATA, copied, secret)
    finally:
        os.unlink(name)
    # In memory: a copy of keys on the disk would have to be wiped from it.
    with closing(sqlite3.connect(":memory:")) as target:
        copy_database(keys_source, target)
        container.write(saved.keys, container.KEYS, io.BytesIO(target.serialize()), secret)
    return saved._replace(dropped=_drop_old_keys(key_folder, now))


def copy_database(source: Path, target: sqlite3.Connection) -> None:
    """Copy a database as it is at one moment, while others go on writing it. Raises BackupError."""
    try:
        with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=20)) as connection:
            connection.backup(target)
            # Without this the copy would ask for the log file that only the original has.
            target.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error:
        raise BackupError(f"{source} cannot be read as a database.") from None


def _checked_folders(data_folder: Path, key_folder: Path) -> tuple[Path, Path]:
    data_folder, key_folder = data_folder.resolve(), key_folder.resolve()
    if data_folder in (key_folder, *key_folder.parents) or key_folder in data_folder.parents:
        raise BackupError("--data and --keys must be different folders, neither inside the other.")
    for folder in (data_folder, key_folder):
        if folder in (settings.VAR_DIR, *settings.VAR_DIR.parents):
            raise BackupError(f"{folder} holds the backend's own secrets. Choose another folder.")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if data_folder.samefile(key_folder):
        raise BackupError("--data and --keys must be different folders, neither inside the other.")
    return data_folder, key_folder


def _drop_old_keys(folder: Path, now: datetime) -> int:
    """Delete the key backups that would be too old before tomorrow's backup, by the time in their names."""
    dropped = 0
    kept = timedelta(days=settings.BACKUP_KEYS_KEPT_DAYS - 1)
    for path in folder.iterdir():
        named = _KEY_BACKUP.fullmatch(path.name)
        if named is None:
            continue
        made = datetime.strptime(named[1], _STAMP).replace(tzinfo=timezone.utc)
        if made < now.replace(microsecond=0) - kept:
            path.unlink()
            dropped += 1
    return dropped
