"""Finds the rows of a list that a later file lacks, and withdraws them when that is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from registrations import marks, services
from registrations.imports.hashes import list_hash, source_hash
from registrations.imports.rows import ImportRow, RowRefused
from registrations.imports.writer import SITES_AT_ONCE, ImportReport, stored_together
from registrations.models import Agency, ImportedRow, Registration
from registrations.parts import parts


class MissingNotWithdrawn(Exception):
    """What the file lacks must not be withdrawn; the message says why and what to do."""


@dataclass
class Missing:
    """Rows that are remembered of a list and that its file lacks, by registration."""

    known: int
    rows: list[ImportedRow] = field(repr=False)
    unreadable: int
    _all: Counter[object] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._lacking = Counter(row.registration_id for row in self.rows)
        for some in parts(self._lacking):
            self._all.update(
                ImportedRow.objects.filter(registration_id__in=some).values_list("registration_id", flat=True)
            )

    def lines(self) -> list[str]:
        """Return one line for each registration, by its id, and one with the count; none when nothing is missing."""
        each = [
            f"registration {registration_id}: {count} of its {self._all[registration_id]} rows are not in the file"
            for registration_id, count in sorted(self._lacking.items(), key=str)
        ]
        return [*each, f"{len(self.rows)} of {self.known} known rows are not in the file"] if each else []

    def require_withdrawable(self, *, even_most: bool) -> None:
        """Raise MissingNotWithdrawn when the file may be damaged or the wrong one."""
        if self.unreadable:
            raise MissingNotWithdrawn(
                f"{self.unreadable} rows of the file have no readable id, so that nobody can say which rows are "
                "missing. Nothing was changed. Correct the file, or import it without --withdraw-missing."
            )
        if not even_most and 2 * len(self.rows) > self.known:
            raise MissingNotWithdrawn(
                f"The file lacks {len(self.rows)} of {self.known} known rows, more than half. Nothing was changed. "
                "If it is the right file, add --even-most."
            )

    def withdraw(self, report: ImportReport, *, dry_run: bool = False) -> list[str]:
        """Withdraw registrations that lack all their rows, and remove the cameras of rows at those that keep some.

        Call it after the list was written, with its report: where the file has a refused row at the same address, it
        may be the missing one under another id, and the registration stays as it is. Returns lines for people; with
        `dry_run` everything is undone.
        """
        kept: set[UUID] = set()
        for some in parts(self._lacking):
            for registration in Registration.objects.filter(pk__in=some):
                if marks.addresses_of(registration) & report.closed_addresses:
                    kept.add(registration.pk)
        gone = {key for key, count in self._lacking.items() if count == self._all[key]} - kept
        for some in parts(gone, SITES_AT_ONCE):
            with stored_together(dry_run=dry_run):
                for registration in Registration.objects.filter(pk__in=some):
                    services.withdraw(registration)
        single = [row for row in self.rows if row.registration_id not in gone | kept]
        for rows in parts(single, SITES_AT_ONCE):
            with stored_together(dry_run=dry_run):
                for row in rows:
                    services.remove_imported_camera(row)
        each = [
            f"registration {key}: not withdrawn, a row at its address was refused and may be a missing one"
            for key in sorted(kept, key=str)
        ]
        return [*each, f"{len(gone)} registrations withdrawn, {len(single)} cameras removed"]


def find_missing(agency: Agency, list_name: str, rows: Iterable[ImportRow | RowRefused]) -> Missing:
    """Compare what is remembered of a list with its file; a row that is there but refused is not missing.

    Rows that an older version imported are compared once a later import has seen them: it did not remember their list.
    """
    present: set[str] = set()
    unreadable = 0
    for row in rows:
        if row.source_id is None:
            unreadable += 1
        else:
            present.add(source_hash(agency, list_name, row.source_id))
    known = list(ImportedRow.objects.filter(list_hash=list_hash(agency, list_name)))
    return Missing(len(known), [row for row in known if row.source_hash not in present], unreadable)
