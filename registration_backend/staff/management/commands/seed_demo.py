"""`manage.py seed_demo [--addresses FILE]`: a demo agency with synthetic registrants and staff accounts."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from disclosure.addresses import AddressFileError, import_addresses
from disclosure.models import Address
from disclosure.public_counts import count_month
from registrations import services
from registrations.enumerations import Origin
from registrations.models import Agency
from staff.demo_accounts import make_accounts
from staff.demo_registrants import CONSENT_VERSION, Place, invent, scattered_places
from staff.monthly_figures import record_month
from staff.roles import ensure_groups

CENTRE = (24.9443, 60.1716)
AGENCY = {
    "name": "Helsinki demo",
    "grid_srid": 3067,
    "map_longitude": CENTRE[0],
    "map_latitude": CENTRE[1],
    "map_zoom": 16,
}


class Command(BaseCommand):
    help = "Adds the agency HEL with an address register, synthetic registrations and demo accounts; repeatable."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--addresses", type=Path, help="CSV: street, number, municipality, premises, lon, lat")

    def handle(self, *args: Any, **options: Any) -> None:
        agency, _ = Agency.objects.get_or_create(code="HEL", defaults=AGENCY)
        if options["addresses"]:
            self._load_addresses(agency, options["addresses"])
        self._register(agency)
        count_month(agency, timezone.now().date())
        record_month(agency, timezone.now().date())
        ensure_groups()
        accounts = settings.VAR_DIR / "demo" / "accounts.txt"
        for line in make_accounts(agency, accounts):
            self.stdout.write(f"account: {line}")
        self.stdout.write(f"The accounts are in {accounts}, which only you can read.")

    def _load_addresses(self, agency: Agency, path: Path) -> None:
        try:
            report = import_addresses(agency, path)
        except AddressFileError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Address register: {report.imported} addresses, {len(report.refused)} refused.")

    def _register(self, agency: Agency) -> None:
        if agency.registrations.filter(consent_version=CONSENT_VERSION).exists():
            self.stdout.write("The synthetic registrations are there already.")
            return
        addresses = Address.objects.filter(agency=agency).order_by("street", "number", "longitude", "latitude")
        places = [
            Place(f"{each.street} {each.number}, {each.municipality}", each.premises, (each.longitude, each.latitude))
            for each in addresses
        ]
        count = 0
        # One transaction: a seeding that is interrupted leaves nothing behind and can be repeated.
        with services.announced_together():
            for demo in invent(places or scattered_places(CENTRE), timezone.now().date()):
                services.register(
                    agency,
                    Origin.WEB,
                    demo.site,
                    demo.contact,
                    demo.cameras,
                    demo.consent,
                    confirmed_on=demo.confirmed_on,
                    published=demo.published,
                )
                count += len(demo.cameras)
        self.stdout.write(f"Synthetic registrations: {agency.registrations.count()} with {count} cameras.")
