"""The option --agency of every command that works for one agency, and what it stands for."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from registrations.models import Agency


def add_agency_option(parser: CommandParser, required: bool = True) -> None:
    """Add --agency CODE; where it is not required, the only agency of the backend may go without saying."""
    text = "code of the agency" if required else "code of the agency; not needed where there is only one"
    parser.add_argument("--agency", required=required, metavar="CODE", help=text)


def agency_from(options: dict[str, Any]) -> Agency:
    """Return the agency that the option names, or the only one. Raises CommandError with what to do."""
    code = options["agency"]
    if code is None:
        agencies = list(Agency.objects.all()[:2])
        if len(agencies) != 1:
            raise CommandError("Say with --agency CODE which agency is meant.")
        return agencies[0]
    agency = Agency.objects.filter(code=code).first()
    if agency is None:
        known = ", ".join(Agency.objects.order_by("code").values_list("code", flat=True)) or "none yet"
        raise CommandError(f"There is no agency {code}. Known agencies: {known}. manage.py add_agency adds one.")
    return agency
