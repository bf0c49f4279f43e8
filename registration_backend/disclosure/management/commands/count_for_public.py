"""Counts this month's registrations per grid cell for the public page."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from disclosure.generalise import GridError
from disclosure.public_counts import count_month
from registrations.management.agency_option import agency_from
from registrations.models import Agency


class Command(BaseCommand):
    help = (
        "Counts the published registrations per square kilometre for the page /counts/, for this month. Run it once "
        "a month; a month that is counted stays as it is, however often this runs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--agency", metavar="CODE", help="code of one agency; without it, all agencies")

    def handle(self, *args: Any, **options: Any) -> None:
        agencies = [agency_from(options)] if options["agency"] else list(Agency.objects.order_by("code"))
        for agency in agencies:
            try:
                counted = count_month(agency, timezone.now().date())
            except GridError as error:
                raise CommandError(f"{agency.code}: {error}") from error
            if counted is None:
                self.stdout.write(f"{agency.code}: this month is counted already and stays as it is.")
            else:
                self.stdout.write(f"{agency.code}: {counted} is counted, {counted.counts.count()} squares are shown.")
