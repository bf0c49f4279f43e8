"""Publishes everything of an agency afresh, as is needed after a change of the position key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from feed.publishing import republish
from registrations.management.agency_option import agency_from
from registrations.models import Agency


class Command(BaseCommand):
    help = "Publishes an agency's cameras afresh, after its position key or this program's rules changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--agency", metavar="CODE", help="one agency; without it, all of them")

    def handle(self, *args: Any, **options: Any) -> None:
        agencies = [agency_from(options)] if options["agency"] else Agency.objects.order_by("code")
        for agency in agencies:
            republish(agency)
            self.stdout.write(f"{agency.code}: published afresh")
