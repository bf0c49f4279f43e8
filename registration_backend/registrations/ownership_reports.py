"""Keeps what somebody tells about cameras at their address that are not theirs, encrypted, until staff closed it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registrations import contacts, keystore
from registrations.models import Agency, OwnershipReport, Registration
from registrations.transactions import both_databases, withdraws

PROBLEMS = (
    ("moved", _("I live or work here now, and the registration is another person's")),
    ("no_camera", _("There is no camera at this address")),
    ("not_asked", _("Somebody registered my camera and I did not agree")),
    ("other", _("Something else is wrong")),
)
# So that nobody can fill the list of an agency or trouble one address.
MOST_AN_HOUR = 60
MOST_AN_HOUR_AN_ADDRESS = 3


class TooManyReports(Exception):
    """So many came within the last hour that no more is taken now."""


@dataclass(frozen=True, repr=False)
class ReportDetails:
    """What somebody told. It never shows its values when printed."""

    address: str
    problem: str
    unit: str = ""
    note: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""

    def __repr__(self) -> str:
        return "ReportDetails(confidential)"

    @property
    def problem_text(self) -> str:
        """What is wrong, in words."""
        return str(dict(PROBLEMS).get(self.problem, self.problem))


def create(agency: Agency, details: ReportDetails) -> OwnershipReport:
    """Store a report under a key of its own; whether anything is registered there is not even looked up.

    Raises TooManyReports.
    """
    lookup = contacts.address_lookup(details.address, details.unit)
    lately = OwnershipReport.objects.filter(agency=agency, created_at__gt=timezone.now() - timedelta(hours=1))
    if lately.count() >= MOST_AN_HOUR or lately.filter(address_lookup=lookup).count() >= MOST_AN_HOUR_AN_ADDRESS:
        raise TooManyReports
    with both_databases():
        report = OwnershipReport(agency=agency, address_lookup=lookup)
        report.ciphertext = contacts.seal(_bound_to(report), asdict(details), keystore.create_key(report.id))
        report.save(force_insert=True)
    return report


def read(report: OwnershipReport) -> ReportDetails:
    """Return in clear what was told. Raises ContactUnreadable."""
    try:
        key = keystore.read_key(report.id)
    except keystore.KeyUnavailable as error:
        raise contacts.ContactUnreadable(str(error)) from error
    known = {field.name for field in fields(ReportDetails)}
    values = contacts.unseal(_bound_to(report), bytes(report.ciphertext), key)
    return ReportDetails(**{name: value for name, value in values.items() if name in known})


def close(report: OwnershipReport) -> None:
    """Delete a report and its key for good, both or neither; one that is gone already is no error.

    No backup makes it readable again: its id is noted as that of a withdrawal is. Raises NotAllowed where that cannot
    be written.
    """
    with both_databases():
        report_id = report.pk
        if OwnershipReport.objects.filter(pk=report_id).delete()[0]:
            withdraws(report_id)
        # Last: when it fails, the row comes back too.
        keystore.destroy_key(report_id)


def candidates(report: OwnershipReport, details: ReportDetails) -> list[Registration]:
    """Return the agency's registrations at the reported address, oldest first: in that unit, or in none."""
    lookups = {report.address_lookup, contacts.address_lookup(details.address)}
    found = Registration.objects.filter(contact__address_lookup__in=lookups, agency=report.agency_id)
    return list(found.select_related("agency").order_by("created_at", "pk"))


def _bound_to(report: OwnershipReport) -> bytes:
    return b"ownership report " + report.id.bytes
