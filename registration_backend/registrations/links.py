"""Secret links instead of passwords: those sent by e-mail, and the visit that pressing their button begins.

Opening an e-mailed link uses nothing up, because mail scanners open links too; its button does. The button begins a
visit: the address of a page that works for two days, so that a form may stay open overnight.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from registrations import contacts, services
from registrations.enumerations import LinkPurpose, State, SuspendedBecause
from registrations.models import Contact, Link, Registration

TOKEN_BYTES = 32
LIFETIMES = {
    LinkPurpose.CONFIRM: timedelta(days=14),
    LinkPurpose.KEEP: timedelta(days=60),
    LinkPurpose.MANAGE: timedelta(hours=24),
    LinkPurpose.VISIT: timedelta(hours=48),
}
SENT = (LinkPurpose.CONFIRM, LinkPurpose.KEEP, LinkPurpose.MANAGE)
# So that nobody can fill another person's mailbox through this site.
MOST_AN_HOUR = 3


class StaleLink(Exception):
    """The link was used, is too old, or was never given out; a fresh one can be asked for."""


def make(registration: Registration, purpose: LinkPurpose, lasts: timedelta | None = None) -> tuple[Link, str]:
    """Store a new link and return it with its secret, which is stored nowhere; it lasts as LIFETIMES says."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now = timezone.now()
    link = Link.objects.create(
        registration=registration,
        purpose=purpose,
        token_hash=_hash(token),
        created_at=now,
        expires_at=now + (lasts or LIFETIMES[purpose]),
    )
    return link, token


def begin_visit(registration: Registration, lasts: timedelta | None = None) -> str:
    """Return the secret of a page on which a registration can be seen, changed and deleted: two days, or `lasts`."""
    return make(registration, LinkPurpose.VISIT, lasts)[1]


def end_visit(token: str) -> None:
    """Close a visit before its time; an unknown one is no error."""
    Link.objects.filter(token_hash=_hash(token), purpose=LinkPurpose.VISIT).delete()


def visited(token: str) -> Registration | None:
    """Return the registration that a visit belongs to, or None when the visit is over."""
    link = _valid(token).filter(purpose=LinkPurpose.VISIT).first()
    return link.registration if link else None


def sent(token: str) -> Link:
    """Return the e-mailed link with this secret, and use nothing up. Raises StaleLink."""
    link = _valid(token).filter(purpose__in=SENT).first()
    if link is None:
        raise StaleLink
    return link


def use(token: str) -> Registration:
    """Use an e-mailed link up and return its registration; whoever holds it has proved to read that mailbox.

    All registrations under the same e-mail address become one registrant's, and every visit to them ends: one that
    was begun by a stranger who typed this address must not show the owner's other sites. (For the same reason one
    registrant's registrations never have different addresses: see services.) Raises StaleLink.
    """
    with services.announced_together():
        link = _valid(token).filter(purpose__in=SENT).select_for_update(of=("self",)).first()
        if link is None:
            raise StaleLink
        now = timezone.now()
        link.used_at = now
        link.save(update_fields=["used_at"])
        same = _under_same_email(link.registration)
        Link.objects.filter(registration__in=same, purpose=LinkPurpose.VISIT).delete()
        Registration.objects.filter(pk__in=same).update(registrant_id=link.registration.registrant_id)
        Registration.objects.filter(pk__in=same, email_confirmed_at=None).update(email_confirmed_at=now)
        for registration in _to_confirm(link):
            services.confirm(registration, now.date())
    return Registration.objects.select_related("agency").get(pk=link.registration_id)


def sites(registration: Registration) -> list[Registration]:
    """Return all registrations of the same registrant, this one among them, oldest first."""
    same = Registration.objects.filter(registrant_id=registration.registrant_id)
    return list(same.select_related("agency").order_by("created_at", "pk"))


def too_many(registration: Registration) -> bool:
    """Say whether this mailbox was sent as many links within the last hour as it may be."""
    since = timezone.now() - timedelta(hours=1)
    links = Link.objects.filter(registration__in=_under_same_email(registration), purpose__in=SENT, sent_at__gt=since)
    return links.count() >= MOST_AN_HOUR


def forget_expired() -> int:
    """Delete the links that cannot be used any more; return how many."""
    return Link.objects.filter(expires_at__lt=timezone.now()).delete()[0]


def _hash(token: str) -> str:
    return contacts.keyed_hash("manage token", token)


def _valid(token: str) -> QuerySet[Link]:
    return Link.objects.select_related("registration__agency").filter(
        token_hash=_hash(token), used_at=None, expires_at__gt=timezone.now()
    )


def _under_same_email(registration: Registration) -> list[UUID]:
    lookup = Contact.objects.filter(registration=registration).values_list("email_lookup", flat=True).first()
    if not lookup:
        return [registration.pk]
    return list(Contact.objects.filter(email_lookup=lookup).values_list("registration_id", flat=True))


def _to_confirm(link: Link) -> list[Registration]:
    if link.purpose == LinkPurpose.CONFIRM:
        return [link.registration]
    if link.purpose == LinkPurpose.KEEP:
        kept = Q(state=State.PUBLISHED) | Q(state=State.SUSPENDED, suspended_because=SuspendedBecause.OVERDUE)
        return list(Registration.objects.filter(kept, registrant_id=link.registration.registrant_id))
    return []
