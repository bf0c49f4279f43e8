"""`manage.py reduce_to_minimal --agency CODE`: what was stored before an agency's form became minimal goes."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registrations import reduction
from registrations.contacts import ContactUnreadable
from registrations.management.agency_option import add_agency_option, agency_from
from registrations.models import Registration
from registrations.profiles import is_minimal


class Command(BaseCommand):
    help = (
        "Deletes what an agency with the minimal form may not hold and still does: everything but the place and the "
        "contact, in all its registrations. An agency that asks for everything is left as it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_agency_option(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        agency = agency_from(options)
        if not is_minimal(agency):
            raise CommandError(f"The form of {agency.code} is not minimal, so nothing is deleted.")
        reduced, unreadable = 0, 0
        for pk in list(Registration.objects.filter(agency=agency).values_list("pk", flat=True)):
            registration = Registration.objects.select_related("agency").filter(pk=pk).first()
            if registration is None:
                continue  # withdrawn meanwhile
            try:
                reduced += reduction.reduce(registration)
            except ContactUnreadable:
                unreadable += 1
        self.stdout.write(f"{reduced} registrations of {agency.code} held more and were reduced")
        if unreadable:
            self.stderr.write(f"{unreadable} have a contact that nobody can read, and stay as they are")
