"""Keeps in the database how far it has applied the journal of withdrawals, and applies what it has not.

A database that somebody restored, by whatever tool, is behind the journal by the withdrawals since its backup. All here
is done inside a transaction of the caller over both databases.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from registrations.backups import journal
from registrations.backups.journal import Position
from registrations.erasing import erase
from registrations.models import JournalPosition, Link, Registration, RegistrationKey
from registrations.parts import parts
from registrations.signals import database_restored


def known_position() -> Position:
    """Return how far this database has applied the journal."""
    row = JournalPosition.objects.filter(pk=1).first()
    return Position(row.length, row.digest) if row else journal.START


def note(withdrawn: Collection[UUID]) -> None:
    """Write into the journal what the caller's transaction withdraws. Call it last before the commit.

    Raises OSError, and nothing may be committed then.
    """
    entries = journal.read(lock_position())
    if entries.withdrawn:  # somebody put an older database below the running backend, or a commit failed
        withdraw_again(entries.withdrawn)
    store(journal.append(withdrawn))


def lock_position() -> Position:
    """Return how far this database has applied the journal, and let nobody else withdraw until the commit."""
    row, _ = JournalPosition.objects.get_or_create(pk=1)
    row = JournalPosition.objects.select_for_update().get(pk=1)
    return Position(row.length, row.digest)


def store(position: Position) -> None:
    """Remember that everything before `position` is applied."""
    JournalPosition.objects.filter(pk=1).update(length=position.length, digest=position.digest)


def withdraw_again(withdrawn: Mapping[UUID, date]) -> int:
    """Erase who withdrew, and end what a restored database brought back to life; return how many were there.

    Every link and visit ends: it may have been used up since. Every reader of the feed starts over: the numbers that
    follow were given out before.
    """
    count = 0
    for some in parts(withdrawn):
        present = {
            *Registration.objects.filter(pk__in=some).values_list("pk", flat=True),
            *RegistrationKey.objects.filter(pk__in=some).values_list("pk", flat=True),
        }
        count += sum(erase(each, on=withdrawn[each]) for each in sorted(present))
    Link.objects.all().delete()
    database_restored.send(sender=Registration)
    return count
