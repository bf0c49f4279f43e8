"""Counts uses within an hour for all processes of this machine, without noting who used anything."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone


def take_one(name: str, most: int) -> bool:
    """Count one use of `name` (letters, digits, hyphens) in this hour; say whether it is one of the first `most`.

    Raises OSError where the count cannot be written.
    """
    folder = settings.VAR_DIR / "hourly"
    folder.mkdir(exist_ok=True, mode=0o700)
    path = folder / f"{name}-{timezone.now():%Y%m%d%H}"
    if path.exists() and path.stat().st_size >= most:
        return False
    # Appending is atomic: of two processes that come at once, each learns its own place in the row.
    with path.open("ab", buffering=0) as file:
        file.write(b".")
        place = file.tell()
    for old in folder.glob(f"{name}-{'[0-9]' * 10}"):
        if old.name < path.name:
            old.unlink(missing_ok=True)
    return place <= most
