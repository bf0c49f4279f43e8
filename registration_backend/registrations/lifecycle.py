"""The yearly round: who is due to confirm again, who was reminded, what leaves the map, and what is deleted.

Every step waits as long as its agency's settings say, looks at each registration once more under a lock before it
acts, and is safe to repeat: a run that was cut short is finished by the next one. People without e-mail are reminded
by staff, with a letter or a call, and never by this; until somebody notes that, nothing happens to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from registrations import links, mail, services
from registrations.enumerations import LinkPurpose, Origin, State, SuspendedBecause
from registrations.models import Agency, Registration

# A run that was cut short between sending and noting it must not send the same again at once.
SENT_LATELY = timedelta(days=1)
Choose = Callable[[Agency, date], QuerySet[Registration]]
Act = Callable[[Registration], object]


@dataclass
class LifecycleReport:
    """How many registrations each step of a run moved; `not_sent` are tried again by the next run."""

    reminded: int = 0
    not_sent: int = 0
    suspended: int = 0
    purged: int = 0
    purged_unconfirmed: int = 0
    for_staff: int = 0


def with_email() -> Q:
    """Choose the registrations whose registrants can be reached by e-mail."""
    return ~Q(contact__email_lookup="")


def due(agency: Agency, today: date) -> QuerySet[Registration]:
    """Return the published registrations whose last confirmation is too long ago, reminded of it or not."""
    limit = today - timedelta(days=agency.reconfirm_after_days)
    return Registration.objects.filter(agency=agency, state=State.PUBLISHED, confirmed_on__lte=limit)


def to_remind(agency: Agency, today: date) -> QuerySet[Registration]:
    """Return the due registrations that nobody was reminded of yet."""
    return due(agency, today).filter(reminded_on=None)


def to_ask(agency: Agency, today: date) -> QuerySet[Registration]:
    """Return the due registrations whose registrants only staff can ask, by letter or by call, and nobody did yet."""
    return to_remind(agency, today).exclude(with_email())


def to_suspend(agency: Agency, today: date) -> QuerySet[Registration]:
    """Return the due registrations whose reminder stayed unanswered for too long."""
    return due(agency, today).filter(reminded_on__lte=today - timedelta(days=agency.suspend_after_days))


def unanswered(agency: Agency) -> QuerySet[Registration]:
    """Return what left the map because nobody confirmed it."""
    return Registration.objects.filter(agency=agency, state=State.SUSPENDED, suspended_because=SuspendedBecause.OVERDUE)


def to_purge(agency: Agency, today: date) -> QuerySet[Registration]:
    """Return what left the map unconfirmed so long ago that the agency's settings delete it; else nothing."""
    if agency.purge_after_days is None:
        return Registration.objects.none()
    overdue = unanswered(agency).filter(suspended_on__lte=today - timedelta(days=agency.purge_after_days))
    return overdue if agency.purge_without_email else overdue.filter(with_email())


def to_purge_unconfirmed(agency: Agency, today: date) -> QuerySet[Registration]:
    """Return the web registrations whose e-mailed link was never used, and which the settings delete."""
    if agency.purge_unconfirmed_after_days is None:
        return Registration.objects.none()
    # To the minute, as the link runs out, also where somebody asks about a day to come.
    ahead = today - timezone.now().date()
    limit = timezone.now() + ahead - timedelta(days=agency.purge_unconfirmed_after_days)
    waiting = Registration.objects.filter(
        agency=agency, state=State.UNCONFIRMED, origin=Origin.WEB, email_confirmed_at=None, created_at__lt=limit
    )
    return waiting if agency.purge_without_email else waiting.filter(with_email())


def note_reminded(registrations: Iterable[Registration], today: date) -> int:
    """Note that these people were reminded by letter or call; return how many were due and not yet reminded."""
    count = 0
    for registration in registrations:
        with services.both_databases():
            waiting = to_remind(registration.agency, today).filter(pk=registration.pk)
            count += waiting.update(reminded_on=today)
    return count


def take_back_reminded(registration: Registration, today: date) -> bool:
    """Undo what was noted today by mistake for somebody without e-mail; say whether there was anything to undo."""
    noted = due(registration.agency, today).filter(pk=registration.pk, reminded_on=today).exclude(with_email())
    with services.both_databases():
        return bool(noted.update(reminded_on=None))


def run(agency: Agency, base: str, *, today: date | None = None, dry_run: bool = False) -> LifecycleReport:
    """Take every step for one agency; `base` is the address that links in e-mails begin with.

    `dry_run` only counts. Returns what was done.
    """
    today = today or timezone.now().date()
    report = LifecycleReport(for_staff=to_ask(agency, today).count())
    steps = _Steps(agency, today, dry_run)
    report.purged_unconfirmed = steps.take(to_purge_unconfirmed, services.withdraw)
    report.purged = steps.take(to_purge, services.withdraw)
    report.suspended = steps.take(to_suspend, lambda one: services.suspend(one, SuspendedBecause.OVERDUE))
    _remind(agency, today, base, report, dry_run=dry_run)
    if not dry_run:
        links.forget_expired()
    return report


@dataclass(frozen=True)
class _Steps:
    agency: Agency
    today: date
    dry_run: bool

    def take(self, chosen: Choose, act: Act) -> int:
        """Act on each registration that `chosen` still names once it is locked; return how many."""
        ids = list(chosen(self.agency, self.today).values_list("pk", flat=True))
        return len(ids) if self.dry_run else sum(self._act(chosen, act, pk) for pk in ids)

    def _act(self, chosen: Choose, act: Act, pk: UUID) -> bool:
        with services.both_databases():
            # The registrant may have answered since the list was made.
            waiting = chosen(self.agency, self.today).filter(pk=pk).select_for_update(of=("self",))
            registration = waiting.select_related("agency").first()
            if registration is not None:
                act(registration)
        return registration is not None


def _remind(agency: Agency, today: date, base: str, report: LifecycleReport, *, dry_run: bool) -> None:
    """Send one e-mail a registrant, whose link confirms all of the registrant's sites."""
    by_registrant: dict[UUID, list[Registration]] = {}
    for registration in to_remind(agency, today).filter(with_email()).order_by(F("confirmed_on"), "pk"):
        by_registrant.setdefault(registration.registrant_id, []).append(registration)
    for sites in by_registrant.values():
        if dry_run or _was_sent_lately(sites) or mail.send_link(sites[0], LinkPurpose.KEEP, base):
            report.reminded += len(sites)
            if not dry_run:
                note_reminded(sites, today)
        else:
            report.not_sent += len(sites)


def _was_sent_lately(sites: list[Registration]) -> bool:
    since = timezone.now() - SENT_LATELY
    return any(site.links.filter(purpose=LinkPurpose.KEEP, sent_at__gt=since).exists() for site in sites)
