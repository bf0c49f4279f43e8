"""Records this month's figures for the council's report."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from registrations.management.agency_option import agency_from
from registrations.models import Agency
from staff.monthly_figures import record_month


class Command(BaseCommand):
    help = (
        "Records how many registrations each district has, for the council's report. Run it once a month; a month "
        "that is recorded stays as it is, however often this runs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--agency", metavar="CODE", help="code of one agency; without it, all agencies")

    def handle(self, *args: Any, **options: Any) -> None:
        today = timezone.now().date()
        for agency in [agency_from(options)] if options["agency"] else Agency.objects.order_by("code"):
            done = "recorded" if record_month(agency, today) else "recorded already and stays as it is"
            self.stdout.write(f"{agency.code}: {today:%Y-%m} is {done}.")
