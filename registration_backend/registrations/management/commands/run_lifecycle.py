"""Reminds, suspends and deletes what is due; made for cron or a systemd timer, once a day."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registrations import lifecycle, lifecycle_runs, mail
from registrations.details import NotAllowed
from registrations.management.agency_option import add_agency_option, agency_from
from registrations.management.caught_up import catch_up_first
from registrations.models import Agency


class Command(BaseCommand):
    help = "Remind registrants once a year, and suspend and delete as each agency's settings say. Run it once a day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_agency_option(parser, required=False)
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *_: Any, **options: Any) -> None:
        catch_up_first()
        try:
            base = mail.base_url()
        except ValueError as error:
            raise CommandError(str(error)) from error
        agencies = [agency_from(options)] if options["agency"] else Agency.objects.order_by("code")
        not_sent = 0
        for agency in agencies:
            try:
                report = asdict(lifecycle.run(agency, base, dry_run=options["dry_run"]))
            except NotAllowed as error:
                raise CommandError(f"{agency.code}: {error}") from error
            if not options["dry_run"]:
                lifecycle_runs.note(agency, report)
            not_sent += report["not_sent"]
            would = "would be: " if options["dry_run"] else ""
            self.stdout.write(f"{agency.code}: {would}{lifecycle_runs.in_words(report)}.")
        if not_sent:
            raise CommandError(f"{not_sent} registrants could not be reached by e-mail. Check the mail settings.")
