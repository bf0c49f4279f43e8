"""Holds the rows of a list to what its agency may take: places in its area, and no more than its form asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from registrations import profiles
from registrations.imports.rows import ImportRow
from registrations.jurisdictions import place_problem
from registrations.models import Agency

DROPPED = "This agency's form asks for the place and the contact only: of {} rows everything else was left out."


class AgencyRules:
    """Goes through the rows of one list; afterwards says which were refused and how many held too much."""

    def __init__(self, agency: Agency) -> None:
        self._agency = agency
        self._dropped = 0
        self.refused: list[tuple[int, str]] = []

    def accepted(self, rows: Iterable[ImportRow]) -> Iterator[ImportRow]:
        """Yield the rows that may be stored, without what the agency may not hold."""
        for row in rows:
            position = row.site.position
            problem = place_problem(self._agency, position) if position else ""
            if problem:
                self.refused.append((row.line, f"position: {problem}"))
                continue
            kept = replace(
                row,
                site=profiles.allowed_site(self._agency, row.site),
                contact=profiles.allowed_contact(self._agency, row.contact),
                camera=profiles.allowed_camera(self._agency, row.camera),
            )
            self._dropped += kept != row
            yield kept

    def notes(self) -> list[str]:
        """Return what the report of the whole list says once."""
        return [DROPPED.format(self._dropped)] if self._dropped else []
