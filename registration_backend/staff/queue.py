"""The registrations that wait for staff or for their registrant, oldest first, of the agencies of one person."""

from __future__ import annotations

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from registrations.enumerations import State
from registrations.models import Agency, Camera, Registration

WAITING = (State.UNCONFIRMED, State.PENDING)
_READY = Q(state=State.PENDING, site__isnull=False, consented_at__isnull=False)
# What the list can be narrowed to, with its name on the page.
SHOWN = {
    "all": ("All", Q()),
    "check": ("To check", _READY),
    "pin": ("Without a pin", Q(site__isnull=True)),
    "confirmation": ("Not confirmed", Q(state=State.UNCONFIRMED)),
    "consent": ("Without consent", Q(consented_at__isnull=True)),
}


def waiting(agencies: QuerySet[Agency]) -> QuerySet[Registration]:
    """Return everything that is not on the map yet and was never taken off it."""
    return Registration.objects.filter(state__in=WAITING, agency__in=agencies).order_by("created_at", "pk")


def with_what_is_listed(queue: QuerySet[Registration]) -> QuerySet[Registration]:
    """Add what the list shows: `cameras_n`, and whether there is an e-mail address (`mail_lookup` is not blank)."""
    cameras = Camera.objects.filter(registration=OuterRef("pk")).order_by().values("registration")
    return queue.select_related("agency").annotate(
        cameras_n=Coalesce(Subquery(cameras.annotate(n=Count("pk")).values("n")), 0),
        mail_lookup=F("contact__email_lookup"),
    )


def counts(queue: QuerySet[Registration]) -> dict[str, int]:
    """Return how many wait for what, in one query."""
    return queue.order_by().aggregate(**{name: Count("pk", filter=condition) for name, (_, condition) in SHOWN.items()})


def neighbours(
    queue: QuerySet[Registration], registration: Registration
) -> tuple[Registration | None, Registration | None]:
    """Return the registrations that have waited a little longer and a little less than this one."""
    at, pk = registration.created_at, registration.pk
    older = queue.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=pk)).order_by("-created_at", "-pk").first()
    newer = queue.filter(Q(created_at__gt=at) | Q(created_at=at, pk__gt=pk)).first()
    return older, newer
