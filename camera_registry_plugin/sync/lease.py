"""Ends a snapshot in time: a copy lives for the hours of its lease, counted from the last contact.

It is hygiene, not a lock: whoever can stop this code can keep a file. What it catches is a laptop that stays offline,
an account that was closed, and a clock set back by accident or on purpose.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from camera_registry_plugin.registry.errors import LeaseExpired

from . import durable
from .snapshot import Snapshot, SnapshotFolder

CLOCK = "clock.json"
CLOCK_TOLERANCE = timedelta(minutes=5)  # a network time correction is not a clock set back
_WRITE_EVERY = timedelta(minutes=1)


def check(folder: SnapshotFolder, now: datetime) -> Snapshot | None:
    """Return the snapshot that may be used at `now` (aware, UTC), or None where there is none.

    Remembers the highest time seen. Raises LeaseExpired, after deleting the files, where the lease is over or the
    clock stands before that time.
    """
    snapshot = folder.current()
    if snapshot is None:
        return None
    highest = max(highest_seen(folder) or snapshot.state.synced_at, snapshot.state.synced_at)
    if now < highest - CLOCK_TOLERANCE:
        folder.discard(snapshot)
        raise LeaseExpired(
            "This computer's clock was set back, so the age of the cameras is not known and they were removed. "
            "Set the clock right, then sync again."
        )
    if now >= snapshot.lease_ends_at:
        folder.discard(snapshot)
        raise LeaseExpired(
            f"The cameras were last synced over {snapshot.state.policy.lease_hours:g} hours ago, longer than the "
            "registry allows, and were removed. Sync again to get the current ones."
        )
    if now > highest + _WRITE_EVERY:
        remember(folder, now)
    return snapshot


def highest_seen(folder: SnapshotFolder) -> datetime | None:
    """Return the highest time that was remembered, or None."""
    try:
        moment = datetime.fromisoformat(json.loads((folder.path / CLOCK).read_text(encoding="ascii"))["highest_seen"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return moment if moment.tzinfo is not None else None


def remember(folder: SnapshotFolder, moment: datetime) -> None:
    """Store `moment` as the highest time seen; a sync does so too, since contact starts a new lease."""
    durable.write_private(folder.path / CLOCK, json.dumps({"highest_seen": moment.isoformat()}).encode("ascii"))
