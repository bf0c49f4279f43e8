"""Keeps requests to a public service apart in time, for all processes of this machine together."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

LONGEST_WAIT_SECONDS = 3.0


class NoTurn(Exception):
    """Too many wait already."""


def wait_for_turn(path: Path, seconds_apart: float) -> None:
    """Return when it is this caller's turn; `path` is a file that holds when the last turn was given. Raises NoTurn.

    Processes on several machines do not know of each other.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        now = time.time()
        turn = max(now, _last(file.read(32), now) + seconds_apart)
        if turn - now > LONGEST_WAIT_SECONDS:
            raise NoTurn
        file.seek(0)
        file.write(f"{turn:.6f}\n")
        file.truncate()
    time.sleep(turn - now)


def _last(text: str, now: float) -> float:
    """Return the last turn; 0 where none is readable, or where it lies so far ahead that a clock was set back."""
    try:
        last = float(text)
    except ValueError:
        return 0.0
    return last if last < now + 10 * LONGEST_WAIT_SECONDS else 0.0
