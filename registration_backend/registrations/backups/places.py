"""Says where the embedded databases lie and what backups are encrypted with."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

ALIASES = ("keys", "default")  # in the order in which every writer commits


class BackupError(Exception):
    """A backup cannot be made, read or restored; the message says why in one line."""


def is_embedded() -> bool:
    """Return whether the databases are files of this backend's own."""
    return bool(settings.DATABASES["default"]["ENGINE"].endswith("spatialite"))


def database_file(alias: str) -> Path:
    """Return the file of an embedded database. Raises BackupError where the database is none."""
    if not is_embedded():
        raise BackupError(
            "This backend runs on PostgreSQL: back both databases up with pg_dump; to restore, stop the backend, run "
            "pg_restore, and then manage.py replay_withdrawals before the backend serves anything."
        )
    return Path(settings.DATABASES[alias]["NAME"])


def backup_key() -> bytes:
    """Return the 32 bytes that backups are encrypted with. Raises BackupError where there are none."""
    key: bytes | None = settings.SECRETS.backup_key
    if key is None:
        raise BackupError(
            "There is no key for backups. Set CAMERA_REGISTRY_BACKUP_KEY to 32 random bytes in base64, and keep a copy "
            "of it apart from the backups."
        )
    return key


def sync_folder(folder: Path) -> None:
    """Wait until the names in `folder` are on the disk. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
