"""Issues an expiring service token for one role in one agency."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from disclosure.models import Role
from disclosure.tokens import LONGEST_HOURS, issue
from registrations.models import Agency


class Command(BaseCommand):
    help = "Prints a new expiring token on standard output, and nothing else there. It cannot be printed again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--agency", required=True, metavar="CODE", help="the agency whose cameras it reads")
        parser.add_argument("--role", required=True, choices=Role.values, help="what its bearer may do")
        parser.add_argument(
            "--hours", required=True, type=float, help=f"how long it lasts: above 0, at most {LONGEST_HOURS}"
        )
        parser.add_argument("--label", default="", help="who or what it is for")

    def handle(self, *args: Any, **options: Any) -> None:
        agency = Agency.objects.filter(code=options["agency"]).first()
        if agency is None:
            raise CommandError("There is no agency with this code. Make it first on the staff pages.")
        try:
            token, record = issue(agency, options["role"], options["hours"], options["label"][:80])
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stderr.write(
            f"{record.role} token of {agency.code}, expires {record.expires_at:%Y-%m-%d %H:%M} UTC. "
            "Keep it like a password: it is not stored and cannot be shown again."
        )
        self.stdout.write(token)
