"""What a withdrawal leaves: keyed hashes by which an old list is kept from bringing back who withdrew."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from django.utils import timezone

from registrations.contacts import keyed_hash
from registrations.models import Contact, ImportedRow, Registration, WithdrawnMark
from registrations.parts import parts

Kind = WithdrawnMark.Kind


def row_mark(source_hash: str) -> str:
    """Return the mark of an imported row; another hash than the live one, so that the tables cannot be joined."""
    return keyed_hash("withdrawn row", source_hash)


def address_mark(agency_code: str, address_lookup: str) -> str:
    """Return the mark of an address, from its keyed look-up; blank for none. Agencies do not share marks."""
    return keyed_hash("withdrawn address", agency_code, address_lookup) if address_lookup else ""


def addresses_of(registration: Registration) -> set[str]:
    """Return the keyed look-ups of a registration's address and of those in its lists, which may be older ones."""
    return {
        *Contact.objects.filter(registration=registration).values_list("address_lookup", flat=True),
        *ImportedRow.objects.filter(registration=registration).values_list("address_lookup", flat=True),
    } - {""}


def leave(registration: Registration, *, on: date | None = None) -> None:
    """Put marks in place of all that is remembered of a registration's rows and addresses, dated `on`, else today.

    Call it in the transaction that deletes the registration, before it does.
    """
    addresses = addresses_of(registration)
    _replace(registration, list(ImportedRow.objects.filter(registration=registration)), addresses, on)


def leave_rows(registration: Registration, rows: Collection[ImportedRow]) -> None:
    """Put marks in place of rows whose cameras are removed while their registration stays.

    Of their addresses only those are marked that the registration has no more.
    """
    before = addresses_of(registration)
    _replace(registration, rows, set())
    _replace(registration, [], before - addresses_of(registration))


def find(hashes: Iterable[str]) -> dict[str, date]:
    """Return the day of withdrawal (UTC) for each of the mark hashes that stands."""
    found: dict[str, date] = {}
    for some in parts(hashes):
        found |= WithdrawnMark.objects.filter(mark_hash__in=some).values_list("mark_hash", "withdrawn_on")
    return found


def lift_rows(source_hashes: Iterable[str]) -> None:
    """Remove the marks of rows that came back with a later consent; a mark that is gone is no error.

    Those of addresses stay: somebody else may have withdrawn there.
    """
    for some in parts(source_hashes):
        WithdrawnMark.objects.filter(mark_hash__in=[row_mark(source_hash) for source_hash in some]).delete()


def write(marks: Iterable[WithdrawnMark]) -> None:
    """Store marks; of one that stands already the last day counts, since an address may be withdrawn more than once."""
    for some in parts(marks):
        later = find(mark.mark_hash for mark in some)
        WithdrawnMark.objects.bulk_create(
            [mark for mark in some if mark.withdrawn_on >= later.get(mark.mark_hash, mark.withdrawn_on)],
            update_conflicts=True,
            unique_fields=["mark_hash"],
            update_fields=["withdrawn_on"],
        )


def _replace(
    registration: Registration, rows: Collection[ImportedRow], addresses: Iterable[str], on: date | None = None
) -> None:
    day = on or timezone.now().date()
    hashes = {row_mark(row.source_hash): Kind.ROW for row in rows}
    hashes |= {address_mark(registration.agency.code, address): Kind.ADDRESS for address in addresses}
    write([WithdrawnMark(mark_hash=mark_hash, kind=kind, withdrawn_on=day) for mark_hash, kind in hashes.items()])
    for some in parts(rows):
        ImportedRow.objects.filter(pk__in=[row.pk for row in some]).delete()
