"""Issues an expiring service token for one role in one agency."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from disclosure.models import Role
from disclosure.tokens import LONGEST_HOURS, issue
from registrations.management.agency_option import add_agency_option, agency_from


class Command(BaseCommand):
    help = "Prints a new expiring token on standard output, and nothing else there. It cannot be printed again."

    def add_arguments(self, parser: CommandParser) -> None:
        add_agency_option(parser)
        parser.add_argument("--role", required=True, choices=Role.values, help="what its bearer may do")
        parser.add_argument(
            "--hours", required=True, type=float, help=f"how long it lasts: above 0, at most {LONGEST_HOURS}"
        )
        parser.add_argument("--label", default="", help="who or what it is for")

    def handle(self, *args: Any, **options: Any) -> None:
        agency = agency_from(options)
        try:
            token, record = issue(agency, options["role"], options["hours"], options["label"][:80])
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stderr.write(
            f"{record.role} token of {agency.code}, expires {record.expires_at:%Y-%m-%d %H:%M} UTC. "
            "Keep it like a password: it is not stored and cannot be shown again."
        )
        self.stdout.write(token)
