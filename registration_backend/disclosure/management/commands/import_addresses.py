"""Loads an agency's address register from a CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from disclosure.addresses import COLUMNS, AddressFileError, import_addresses
from registrations.management.agency_option import add_agency_option, agency_from


class Command(BaseCommand):
    help = (
        "Replaces an agency's address register, among which positions are hidden, with a CSV file "
        f"({', '.join(COLUMNS)}; lon and lat in degrees, EPSG:4326), and publishes what that changes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV file in UTF-8")
        add_agency_option(parser, required=False)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = import_addresses(agency_from(options), options["file"])
        except AddressFileError as error:
            raise CommandError(str(error)) from error
        for line, reason in report.refused:
            self.stderr.write(f"line {line}: {reason}")
        self.stdout.write(f"{report.imported} addresses in the register, {len(report.refused)} lines refused")
