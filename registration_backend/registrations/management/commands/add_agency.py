"""manage.py add_agency: the first thing an administrator does, before registrations, addresses or tokens."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from pyproj import CRS
from pyproj.exceptions import CRSError

from registrations.enumerations import AnalystPosition, FormProfile
from registrations.models import Agency


def grid_srid(text: str) -> int:
    """Return the EPSG code of a projected CRS in metres; raise argparse's error for anything else."""
    authority, _, code = text.upper().rpartition(":")
    try:
        if authority not in ("", "EPSG"):
            raise CRSError(authority)
        crs = CRS.from_epsg(int(code))
    except (ValueError, CRSError):
        raise argparse.ArgumentTypeError("give an EPSG code such as EPSG:32618") from None
    metres = {axis.unit_name for axis in crs.axis_info} == {"metre"}
    if not (crs.is_projected and metres) or crs.to_epsg() == 3857:
        raise argparse.ArgumentTypeError("the grid needs a projected CRS in metres, such as the local UTM zone")
    return int(code)


class Command(BaseCommand):
    """Adds one agency."""

    help = "Add an agency: its code, its name, the CRS of its grid, and where its registration map starts."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--code", required=True, help="2 to 16 capital letters, digits, hyphens or underscores")
        parser.add_argument("--name", required=True)
        parser.add_argument("--grid-crs", required=True, type=grid_srid, help="projected CRS in metres: EPSG:32618")
        parser.add_argument("--longitude", required=True, type=float, help="centre of the map, degrees")
        parser.add_argument("--latitude", required=True, type=float, help="centre of the map, degrees")
        parser.add_argument("--zoom", type=int, default=13)
        parser.add_argument("--analyst-position", choices=AnalystPosition.values, default=AnalystPosition.GENERALISED)
        parser.add_argument(
            "--form-profile",
            choices=FormProfile.values,
            default=FormProfile.FULL,
            help="minimal: ask for and store the place and the contact only, where the law allows no more",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        agency = Agency(
            code=options["code"],
            name=options["name"],
            grid_srid=options["grid_crs"],
            map_longitude=options["longitude"],
            map_latitude=options["latitude"],
            map_zoom=options["zoom"],
            analyst_position=options["analyst_position"],
            form_profile=options["form_profile"],
        )
        try:
            agency.full_clean()
        except ValidationError as error:
            reasons = "; ".join(f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items())
            raise CommandError(f"The agency was not added. {reasons}") from None
        agency.save()
        self.stdout.write(f"Added {agency.code}. Next: import_addresses, import_registrations, issue_token.")
