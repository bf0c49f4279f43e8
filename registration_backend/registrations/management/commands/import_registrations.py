"""`manage.py import_registrations FILE.csv --mapping FILE.toml --agency CODE`: paper forms, old lists and layers."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registrations.details import NotAllowed
from registrations.imports.arcgis import read_layer
from registrations.imports.mapping import Mapping, MappingError, read_mapping
from registrations.imports.missing import MissingNotWithdrawn, find_missing
from registrations.imports.rows import ImportRow, ListError, RowRefused, read_list
from registrations.imports.writer import ListWriter
from registrations.management.agency_option import add_agency_option, agency_from
from registrations.management.caught_up import catch_up_first

TOKEN = "CAMERA_REGISTRY_ARCGIS_TOKEN"  # noqa: S105 - the name of a variable


class Command(BaseCommand):
    help = (
        "Imports registrations from a CSV list or an ArcGIS layer through a mapping file. Refused rows are reported "
        "with their line and reason, the rest is imported; importing the same list again changes nothing. Who withdrew "
        "comes back only with a later consent date. Rows that an earlier file of the same list had and this one lacks "
        "are reported. "
        "An explained mapping file: registration_backend/registrations/imports/example_mapping.toml"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="the list, a CSV file")
        parser.add_argument(
            "--arcgis",
            metavar="URL",
            help="instead of a file: a point layer, https://.../FeatureServer/0; its columns are the layer's and "
            f"_lon and _lat. A token, where one is needed, in the environment as {TOKEN}",
        )
        parser.add_argument("--mapping", type=Path, required=True, help="the TOML file that explains its columns")
        add_agency_option(parser)
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        parser.add_argument(
            "--withdraw-missing",
            action="store_true",
            help="after the import, withdraw each registration of which the file lacks every row, and remove the "
            "cameras of missing rows where others of the site remain; changes nothing when a row's id cannot be "
            "read, or when more than half of the known rows are missing",
        )
        parser.add_argument(
            "--even-most", action="store_true", help="with --withdraw-missing: also when more than half is missing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        catch_up_first()
        agency = agency_from(options)
        if options["even_most"] and not options["withdraw_missing"]:
            raise CommandError("--even-most means something only together with --withdraw-missing.")
        try:
            mapping = read_mapping(options["mapping"])
            rows = _read(options, mapping)
            missing = find_missing(agency, mapping.name, (row for _, row in rows))
            if options["withdraw_missing"]:
                missing.require_withdrawable(even_most=options["even_most"])
        except (MappingError, ListError, MissingNotWithdrawn) as error:
            raise CommandError(str(error)) from error
        # Before anything is withdrawn: afterwards their rows are not known any more.
        missing_lines = missing.lines()
        writer = ListWriter(agency, mapping.name, dry_run=options["dry_run"])
        report = writer.report
        report.refused += [(line, str(row)) for line, row in rows if not isinstance(row, ImportRow)]
        writer.write(row for _, row in rows if isinstance(row, ImportRow))
        place = "object" if options["arcgis"] else "line"
        for line, reason in sorted(report.refused):
            self.stdout.write(f"{place} {line}: refused, {reason}")
        for text in (*report.notes, *missing_lines):
            self.stdout.write(text)
        said = "Dry run, nothing is stored: " if options["dry_run"] else ""
        if options["withdraw_missing"]:
            try:
                *kept, count = missing.withdraw(report, dry_run=options["dry_run"])
            except NotAllowed as error:
                raise CommandError(f"The list is imported, but not all that it lacks is withdrawn. {error}") from error
            for text in kept:
                self.stdout.write(text)
            self.stdout.write(f"{said}{count}")
        self.stdout.write(
            f"{said}{report.created} created, {report.updated} updated, {report.unchanged} unchanged, "
            f"{len(report.refused)} refused"
        )


def _read(options: dict[str, Any], mapping: Mapping) -> list[tuple[int, ImportRow | RowRefused]]:
    if (options["file"] is None) == (options["arcgis"] is None):
        raise CommandError("Say what to import: a CSV file, or a layer with --arcgis URL.")
    if options["arcgis"] is not None:
        return list(read_layer(options["arcgis"], os.environ.get(TOKEN, "")).read(mapping))
    return list(read_list(options["file"], mapping))
