"""Puts a backup in the place of the embedded databases, with every journalled withdrawal done again beforehand.

New files are made beside the old ones, withdrawn and checked there, and switched by rename, all while no other process
has the databases open. Until the switch nothing that is in use is changed.
"""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from registrations import marks
from registrations.backups import container, journal, occupancy, switching
from registrations.backups.places import ALIASES, BackupError, backup_key, database_file
from registrations.backups.replaying import Replayed, replay
from registrations.models import WithdrawnMark

_COPY_KEYS = "INSERT OR IGNORE INTO registrations_registrationkey (registration_id, wrapped_key) VALUES (?, ?)"
_READ_KEYS = "SELECT registration_id, wrapped_key FROM registrations_registrationkey"
_READ_MARKS = "SELECT mark_hash, kind, withdrawn_on FROM registrations_withdrawnmark"
_READ_REGISTRATIONS = "SELECT count(*) FROM registrations_registration"


class Interrupted(Exception):
    """The switch was begun and could not be ended; the message says why and what to do."""


def restore(data: Path, keys: Path | None, *, without_journal: bool = False) -> Replayed:
    """Restore the database from `data`, with today's keys; keys that are lost come from `keys` where it is given.

    Raises BackupError or OSError, with nothing changed, or Interrupted, when the switch that was begun must be ended.
    """
    secret = backup_key()
    for alias in ALIASES:
        database_file(alias)
    connections.close_all()
    with occupancy.alone():
        switching.sweep()
        for left in settings.VAR_DIR.glob(".backup-*"):  # of a backup that died
            left.unlink()
        try:
            report = _prepare(data, keys, secret, without_journal=without_journal)
            switching.begin()
        except BaseException:
            if not switching.is_begun():
                switching.sweep()
            raise
        try:
            switching.finish()
        except OSError as error:
            raise Interrupted(
                f"{error.strerror} ({error.filename}). The restore was interrupted while it switched the databases; "
                "the next command or start of the backend ends it."
            ) from error
    return report


def _prepare(data: Path, keys: Path | None, secret: bytes, *, without_journal: bool) -> Replayed:
    _load_data(data, secret)
    with closing(sqlite3.connect(":memory:")) as spare:  # a file of keys would have to be wiped from the disk
        if keys is not None:
            _load_keys(keys, spare, secret)
        _make_keys(spare if keys is not None else None)
    marks_of_today = _marks_of_today()
    with _prepared_databases():
        for alias in ALIASES:
            executor = MigrationExecutor(connections[alias])
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                call_command("migrate", database=alias, verbosity=0, interactive=False)
        try:
            report = replay(accept_new_journal=without_journal)
        except journal.Replaced as error:
            raise BackupError(
                f"The journal of withdrawals, {settings.WITHDRAWAL_JOURNAL}, is missing or another one: put it back. "
                "With --without-journal whoever withdrew since the backup may be on the map again."
            ) from error
        marks.write(marks_of_today)
    for alias in ALIASES:
        switching.settle(alias)
    return report


def _load_data(backup: Path, secret: bytes) -> None:
    """Decrypt a backup of the database and check that it is a whole one of this program."""
    target = switching.new_file("default")
    target.touch(0o600)
    with target.open("wb") as file:
        container.read(backup, container.DATA, file, secret)
    with closing(sqlite3.connect(target)) as connection:
        _check(connection, backup, _READ_REGISTRATIONS)


def _load_keys(backup: Path, target: sqlite3.Connection, secret: bytes) -> None:
    """Decrypt a backup of the keys and check that it is a whole one of this program, and none too old."""
    content = io.BytesIO()
    age = container.age(container.read(backup, container.KEYS, content, secret))
    if age.days >= settings.BACKUP_KEYS_KEPT_DAYS:
        raise BackupError(
            f"{backup} is {age.days} days old and should have been deleted: keys are kept in backups for at most "
            f"{settings.BACKUP_KEYS_KEPT_DAYS} days. Restore with today's keys (--keys current)."
        )
    target.deserialize(content.getvalue())
    _check(target, backup, _READ_KEYS)


def _check(connection: sqlite3.Connection, backup: Path, query: str) -> None:
    try:
        healthy = connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.execute(query).fetchone()
    except sqlite3.Error:
        healthy = False
    if not healthy:
        raise BackupError(f"{backup} holds no whole database of this program.")


def _make_keys(spare: sqlite3.Connection | None) -> None:
    """Copy today's keys, and add those that only the backup has; the replay destroys the withdrawn ones.

    Raises BackupError when today's cannot be read and no backup is given.
    """
    today, new = database_file("keys"), switching.new_file("keys")
    new.touch(0o600)
    with closing(sqlite3.connect(new)) as target:
        try:
            with _opened(today) as source:
                source.execute(_READ_KEYS).fetchone()
                source.backup(target)
        except sqlite3.Error:
            if spare is None:
                raise BackupError(f"{today} cannot be read. Name a backup of the keys with --keys.") from None
            spare.backup(target)
        if spare is not None:
            withdrawn = {each.hex for each in journal.read(journal.START).withdrawn}
            target.executemany(_COPY_KEYS, [row for row in spare.execute(_READ_KEYS) if row[0] not in withdrawn])
            target.commit()


def _marks_of_today() -> list[WithdrawnMark]:
    """Return the marks that withdrawals left since the backup, so that old lists stay shut; none of a broken file."""
    try:
        with _opened(database_file("default")) as today:
            return [
                WithdrawnMark(mark_hash=mark_hash, kind=kind, withdrawn_on=date.fromisoformat(day))
                for mark_hash, kind, day in today.execute(_READ_MARKS)
            ]
    except sqlite3.Error:
        return []


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database that must be there; what its log file holds counts. Raises sqlite3.Error."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)) as connection:
        yield connection


@contextmanager
def _prepared_databases() -> Iterator[None]:
    """Let this process work on the prepared files for a while."""
    before = {alias: connections[alias].settings_dict["NAME"] for alias in ALIASES}
    try:
        for alias in ALIASES:
            connections[alias].settings_dict["NAME"] = switching.new_file(alias)
        yield
    finally:
        connections.close_all()
        for alias, name in before.items():
            connections[alias].settings_dict["NAME"] = name
