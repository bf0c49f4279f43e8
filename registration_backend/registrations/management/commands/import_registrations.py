"""`manage.py import_registrations FILE.csv --mapping FILE.toml --agency CODE`: paper forms and old lists."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registrations.imports.mapping import MappingError, read_mapping
from registrations.imports.rows import ImportRow, ListError, read_list
from registrations.imports.writer import ListWriter
from registrations.management.agency_option import add_agency_option, agency_from


class Command(BaseCommand):
    help = (
        "Imports registrations from a CSV list through a mapping file. Refused rows are reported with their line and "
        "reason, the rest is imported; importing the same list again changes nothing. An explained mapping file: "
        "registration_backend/registrations/imports/example_mapping.toml"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the list, a CSV file")
        parser.add_argument("--mapping", type=Path, required=True, help="the TOML file that explains its columns")
        add_agency_option(parser)
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        agency = agency_from(options)
        try:
            mapping = read_mapping(options["mapping"])
            rows = list(read_list(options["file"], mapping))
        except (MappingError, ListError) as error:
            raise CommandError(str(error)) from error
        writer = ListWriter(agency, mapping.name, dry_run=options["dry_run"])
        report = writer.report
        report.refused += [(line, str(row)) for line, row in rows if not isinstance(row, ImportRow)]
        writer.write(row for _, row in rows if isinstance(row, ImportRow))
        for line, reason in sorted(report.refused):
            self.stdout.write(f"line {line}: refused, {reason}")
        self.stdout.write(
            f"{'Dry run, nothing is stored: ' if options['dry_run'] else ''}"
            f"{report.created} created, {report.updated} updated, {report.unchanged} unchanged, "
            f"{len(report.refused)} refused"
        )
