"""Keeps restores and everything else apart: every process of the backend holds a lock for its life, a restore alone.

The system frees the lock of a process that dies, however it dies. A switch that was interrupted is ended by the next
process before it opens a database.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from registrations.backups import switching
from registrations.backups.places import BackupError

WAIT_SECONDS = 10.0
_PAUSE_SECONDS = 0.05
# By path, open until the process ends: closing one would free it.
_held: dict[Path, int] = {}


class InUse(BackupError):
    """Other processes have the databases open, or a restore has; the message says which."""


def enter(seconds: float = WAIT_SECONDS) -> None:
    """Share the databases with others until this process ends, and end the switch that a dead restore began.

    Call it before a database is opened. Raises InUse while a restore goes on, OSError when a switch cannot be ended.
    """
    handle = _handle()
    until = time.monotonic() + seconds
    while True:
        if _taken(handle, fcntl.LOCK_SH):
            if not switching.is_begun():
                switching.sweep()
                return
            # Others who start wait here too, each until it is alone or another has ended the switch.
            if _taken(handle, fcntl.LOCK_EX) and switching.is_begun():
                switching.finish()
                continue
        if time.monotonic() >= until:
            raise InUse("A restore is going on. Start this again when it has ended.")
        time.sleep(_PAUSE_SECONDS)


@contextmanager
def alone(seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Have the databases to oneself, once everybody else has ended. Raises InUse after so many seconds."""
    handle = _handle()
    until = time.monotonic() + seconds
    # Where it cannot be had, the system also takes the shared lock away: two restores do not wait for each other.
    while not _taken(handle, fcntl.LOCK_EX):
        if time.monotonic() >= until:
            raise InUse(_who(handle))
        time.sleep(_PAUSE_SECONDS)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_SH)


def _handle() -> int:
    path: Path = settings.VAR_DIR / "databases.lock"
    if path not in _held:
        _held[path] = os.open(path, os.O_RDONLY | os.O_CREAT, 0o600)
    return _held[path]


def _taken(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _who(handle: int) -> str:
    found = sorted(_holders(handle) - {os.getpid()})
    processes = f" (process {', '.join(map(str, found))})" if found else ""
    return f"The backend is still running{processes}: stop it, then restore."


def _holders(handle: int) -> set[int]:
    """Return the processes that Linux names as holding the lock; elsewhere nobody is named."""
    inode = str(os.fstat(handle).st_ino)
    try:
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return set()
    # 1: FLOCK  ADVISORY  READ 1234 08:01:5678 0 EOF
    parts = [line.split() for line in lines]
    named = [part for part in parts if len(part) > 5 and part[1] == "FLOCK" and part[5].rpartition(":")[2] == inode]
    return {int(part[4]) for part in named if part[4].isdigit() and part[4] != "0"}
