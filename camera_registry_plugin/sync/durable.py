"""Files that outlive a crash: created for this user only, flushed to the disk, replaced and removed with care."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

REPLACE_ATTEMPTS = 20
REPLACE_PAUSE_SECONDS = 0.05


def create_private(path: Path) -> None:
    """Create an empty file that only this user may read; raises FileExistsError where there is one already."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def flush_to_disk(path: Path) -> None:
    """Return once the contents of the file have reached the disk."""
    with open(path, "rb+") as file:  # Windows flushes only a handle that may write
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Return once the names in the folder have reached the disk, where the system can be asked for that."""
    if os.name == "nt":  # no handle of a folder can be opened there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace(temporary: Path, target: Path) -> None:
    """Put `temporary` in the place of `target` in one step, and make that last.

    On Windows another process that is just reading the target makes the system refuse; it is asked again for a second.
    """
    for attempt in range(REPLACE_ATTEMPTS):
        try:
            os.replace(temporary, target)
            break
        except PermissionError:
            if attempt == REPLACE_ATTEMPTS - 1:
                raise
            time.sleep(REPLACE_PAUSE_SECONDS)
    flush_folder(target.parent)


def write_private(path: Path, data: bytes) -> None:
    """Replace the contents of a small file of this user's: the old or the new, never a part."""
    temporary = path.with_name(path.name + ".part")
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    create_private(temporary)
    temporary.write_bytes(data)
    flush_to_disk(temporary)
    replace(temporary, path)
