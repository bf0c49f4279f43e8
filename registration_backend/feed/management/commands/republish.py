"""Publishes everything of an agency afresh, as is needed after a change of the position key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from feed.publishing import republish
from registrations.models import Agency


class Command(BaseCommand):
    help = "Publishes an agency's cameras afresh, after its position key or this program's rules changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--agency", metavar="CODE", help="one agency; without it, all of them")

    def handle(self, *args: Any, **options: Any) -> None:
        agencies = Agency.objects.order_by("code")
        if options["agency"]:
            agencies = agencies.filter(code=options["agency"])
            if not agencies:
                raise CommandError("There is no agency with this code.")
        for agency in agencies:
            republish(agency)
            self.stdout.write(f"{agency.code}: published afresh")
