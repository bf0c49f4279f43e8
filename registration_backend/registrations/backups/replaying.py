"""Does the journal's withdrawals again in a database that is behind it, before that database serves anybody."""

from __future__ import annotations

from typing import NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from registrations.backups import applied, journal
from registrations.models import Contact, JournalPosition, Registration, RegistrationKey
from registrations.transactions import both_databases


class Replayed(NamedTuple):
    """How many registrations there are now, were withdrawn again, and have a contact without a key."""

    registrations: int
    withdrawn_again: int
    without_key: int
    damaged_lines: int

    def __str__(self) -> str:
        return (
            f"{self.withdrawn_again} registrations withdrawn again, {self.registrations} left; "
            f"{self.without_key} contacts without a key, which nobody can read; "
            f"{self.damaged_lines} damaged lines in the journal."
        )


def catch_up() -> None:
    """Withdraw who withdrew since the backup that this database was restored from; nothing where it was not.

    Raises ImproperlyConfigured for a database without tables or a journal that is lost, OSError where that cannot be
    read.
    """
    if JournalPosition._meta.db_table not in connection.introspection.table_names():
        raise ImproperlyConfigured("The databases are not ready. Run manage.py migrate for both, default and keys.")
    try:
        known = applied.known_position()
        if journal.read(known).end == known:
            return
        with both_databases():
            # Once more, alone: a withdrawal may have been on its way.
            entries = journal.read(applied.lock_position())
            if entries.withdrawn:
                applied.withdraw_again(entries.withdrawn)
            applied.store(entries.end)
    except journal.Replaced as error:
        raise ImproperlyConfigured(
            f"The journal of withdrawals, {error.filename}, is not the one that this database knows: put that back, or "
            "accept that who withdrew may be on the map again, with manage.py replay_withdrawals --new-journal."
        ) from error


def replay(*, accept_new_journal: bool = False) -> Replayed:
    """Do every withdrawal of the whole journal again, and send every feed reader to the start.

    Raises OSError where the journal cannot be read, Replaced where it is not the one that this database knows.
    """
    with both_databases():
        position = applied.lock_position()
        if not accept_new_journal:
            journal.read(position)
        entries = journal.read(journal.START)
        again = applied.withdraw_again(entries.withdrawn)
        applied.store(entries.end)
    contacts = set(Contact.objects.values_list("pk", flat=True))
    keys = set(RegistrationKey.objects.values_list("pk", flat=True))
    return Replayed(Registration.objects.count(), again, len(contacts - keys), entries.damaged)
