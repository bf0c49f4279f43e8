"""Reminds, suspends and deletes what is due; made for cron or a systemd timer, once a day."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registrations import lifecycle, mail
from registrations.management.agency_option import add_agency_option, agency_from
from registrations.models import Agency

WORDS = {
    "purged_unconfirmed": "deleted, never confirmed",
    "purged": "deleted, long off the map",
    "suspended": "taken off the map",
    "reminded": "reminded by e-mail",
    "not_sent": "not reached by e-mail, tried again next time",
    "for_staff": "without e-mail, to be called or written to by staff",
}


class Command(BaseCommand):
    help = "Remind registrants once a year, and suspend and delete as each agency's settings say. Run it once a day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_agency_option(parser, required=False)
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            base = mail.base_url()
        except ValueError as error:
            raise CommandError(str(error)) from error
        agencies = [agency_from(options)] if options["agency"] else Agency.objects.order_by("code")
        not_sent = 0
        for agency in agencies:
            report = asdict(lifecycle.run(agency, base, dry_run=options["dry_run"]))
            not_sent += report["not_sent"]
            done = "; ".join(f"{report[name]} {words}" for name, words in WORDS.items() if report[name])
            would = "would be: " if options["dry_run"] else ""
            self.stdout.write(f"{agency.code}: {would}{done or 'nothing to do'}.")
        if not_sent:
            raise CommandError(f"{not_sent} registrants could not be reached by e-mail. Check the mail settings.")
