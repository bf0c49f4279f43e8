"""Notes withdrawals outside the databases, so that no backup that is restored later brings a registration back.

The first line is random, so that no other journal is taken for this one. Then one line a withdrawal: word, registration
id, time. It is written before the withdrawal is committed, and counts whatever becomes of the commit: who asked to be
deleted is deleted at the latest when the backend starts again.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timezone
from errno import ENOSPC
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from registrations.backups.places import sync_folder

_ID = rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_LINE = re.compile(rb"withdrawn (" + _ID + rb") (\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}\+00:00\n")
_FIRST_LINE = re.compile(rb"journal [0-9a-f]{32}\n")
_ANY_ID = re.compile(_ID)


class Position(NamedTuple):
    """So many bytes of the journal, and the SHA-256 of them, which no other journal has."""

    length: int
    digest: str


START = Position(0, "")


class Entries(NamedTuple):
    """Who withdrew and on which day (UTC), how far that was read, and how many lines were damaged."""

    withdrawn: dict[UUID, date]
    end: Position
    damaged: int


class Replaced(OSError):
    """The journal is not the one that the database knows: it was lost, cut or exchanged."""


def read(since: Position) -> Entries:
    """Return what was noted after `since`; of a damaged line, as by a power failure, each whole id counts.

    Raises OSError where the file cannot be read, Replaced where it does not go on from `since`.
    """
    with _opened() as handle:
        content = _content(handle)
    if since.length and _position(content[: since.length]) != since:
        raise Replaced(0, "the journal of withdrawals is another one", str(settings.WITHDRAWAL_JOURNAL))
    withdrawn: dict[UUID, date] = {}
    damaged = 0
    for line in content[since.length :].splitlines(keepends=True):
        whole = _LINE.fullmatch(line)
        if whole:
            withdrawn[UUID(whole[1].decode())] = date.fromisoformat(whole[2].decode())
        elif not (since.length == 0 and _FIRST_LINE.fullmatch(line)):
            damaged += 1
            today = datetime.now(timezone.utc).date()
            withdrawn |= {UUID(each.decode()): today for each in _ANY_ID.findall(line)}
    return Entries(withdrawn, _position(content), damaged)


def append(withdrawn: Collection[UUID]) -> Position:
    """Write one line for each and wait until they are on the disk; return the end. All or nothing. Raises OSError."""
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    lines = "".join(f"withdrawn {each} {now}\n" for each in withdrawn).encode("ascii")
    with _opened() as handle:
        length = os.fstat(handle).st_size
        try:
            if os.write(handle, lines) != len(lines):
                raise OSError(ENOSPC, "the journal of withdrawals has no room", str(settings.WITHDRAWAL_JOURNAL))
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, length)
            raise
        return _position(_content(handle))


@contextmanager
def _opened() -> Iterator[int]:
    """Open the journal, made where it is missing, for oneself; a last line that was cut off gets its end."""
    path: Path = settings.WITHDRAWAL_JOURNAL
    is_new = not path.exists()
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if is_new:
            sync_folder(path.parent)
        length = os.fstat(handle).st_size
        if not length:
            os.write(handle, f"journal {secrets.token_hex(16)}\n".encode("ascii"))
        elif os.pread(handle, 1, length - 1) != b"\n":
            os.write(handle, b"\n")
        yield handle
    finally:
        os.close(handle)


def _content(handle: int) -> bytes:
    os.lseek(handle, 0, os.SEEK_SET)
    with open(handle, "rb", closefd=False) as file:
        return file.read()


def _position(content: bytes) -> Position:
    return Position(len(content), sha256(content).hexdigest())
