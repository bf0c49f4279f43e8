"""Imports small lists for tests, and dates withdrawals back, since no form can be signed in the future."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.utils import timezone

from registrations import contacts, services
from registrations.models import Registration, WithdrawnMark
from tests.registration_backend.registrations.test_import import HEADER, MAPPING, changed, toml

DAY = date(2025, 3, 10)
GROUPED = {**MAPPING["source"], "group": "site"}


def import_list(
    folder: Path, *rows: str, agency: str = "HEL", source: Mapping[str, str] = MAPPING["source"], **options: bool
) -> list[str]:
    """Import rows of text and return the printed lines; the column "sees" holds the unit, options are the command's."""
    parts = {**MAPPING, "contact": {**MAPPING["contact"], "unit": "sees"}, "camera": {"retention_hours": "keeps"}}
    parts["source"] = dict(source)
    mapping, table = folder / "mapping.toml", folder / "list.csv"
    mapping.write_text("".join(f"{name} = {toml(part)}\n" for name, part in parts.items()))
    table.write_text("\n".join([HEADER, *rows, ""]))
    printed = StringIO()
    call_command("import_registrations", table, mapping=mapping, agency=agency, stdout=printed, **options)
    return printed.getvalue().splitlines()


def row(number: int, **cells: str) -> str:
    """Return a row of the list, at an address of its own unless `cells` says otherwise."""
    return changed(**{"id": str(number), "address": f"Example street {number}", "sees": "", **cells})


def withdraw(*registrations: Registration, day: date = DAY) -> None:
    """Withdraw, and date what that left back to `day`."""
    for registration in registrations:
        services.withdraw(registration)
    date_back(day)


def date_back(day: date) -> None:
    """Date the marks of today back to `day`."""
    WithdrawnMark.objects.filter(withdrawn_on=timezone.now().date()).update(withdrawn_on=day)


def address(registration: Registration) -> str:
    return contacts.read(registration).address


def of_row(number: int) -> Registration:
    return next(each for each in Registration.objects.all() if address(each) == f"Example street {number}")


def counts(printed: list[str]) -> list[int]:
    """Return how many rows were created, updated, unchanged and refused."""
    return [int(part.split()[0]) for part in printed[-1].split(": ")[-1].split(", ")]
