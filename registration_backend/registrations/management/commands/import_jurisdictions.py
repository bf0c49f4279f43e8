"""`manage.py import_jurisdictions FILE --agency CODE`: the polygons of the area that an agency is responsible for."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registrations.jurisdiction_files import AreaFileError, import_jurisdictions
from registrations.management.agency_option import add_agency_option, agency_from


class Command(BaseCommand):
    help = (
        "Loads the polygons of an agency's area from GeoJSON, GeoPackage or Shapefile, in any coordinate system that "
        "the file names. With them, a pin outside the area is refused and its right agency is named. All or nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="GeoJSON, GeoPackage, Shapefile, or a zip file with a Shapefile")
        add_agency_option(parser)
        parser.add_argument("--name-field", default="", metavar="F", help="the field with the names of the districts")
        parser.add_argument("--replace", action="store_true", help="delete the agency's polygons of before")

    def handle(self, *args: Any, **options: Any) -> None:
        agency = agency_from(options)
        try:
            count = import_jurisdictions(
                agency, options["file"], name_field=options["name_field"], replace=options["replace"]
            )
        except AreaFileError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{count} areas of {agency.code} stored")
