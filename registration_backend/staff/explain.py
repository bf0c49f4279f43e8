"""Says in words what state a registration is in, what it waits for, and how staff can help it along."""

from __future__ import annotations

from registrations.enumerations import State, SuspendedBecause
from registrations.models import Registration


def waits_for(registration: Registration, has_email: bool) -> list[str]:
    """Return what stands between a waiting registration and the map, in the order in which it can be done."""
    missing = []
    if registration.state == State.UNCONFIRMED:
        missing.append("the link in its e-mail" if has_email else "a confirmation (no e-mail)")
    if registration.consented_at is None:
        missing.append("a signed form (no consent yet)")
    if registration.site is None:
        missing.append("a pin")
    if not missing and registration.state == State.PENDING:
        missing.append("your check")
    return missing


def is_ready(registration: Registration) -> bool:
    """Say whether a verifier may publish a waiting registration now."""
    return registration.state == State.PENDING and registration.site is not None and bool(registration.consented_at)


def state_in_words(registration: Registration, has_email: bool) -> list[str]:
    """Return sentences for the verifier: whether it is on the map, why, and what can be done next."""
    sentences = _STATES[State(registration.state)](registration, has_email)
    if registration.is_protected:
        sentences.append("Its address is protected: whatever its state, it is on no map, in no feed and in no count.")
    return sentences


def _unconfirmed(registration: Registration, has_email: bool) -> list[str]:
    return [
        "It is on no map, because nobody has confirmed it yet.",
        "Its registrant was sent a link by e-mail; opening it confirms the registration."
        if has_email
        else "It has no e-mail address. Confirm it for the registrant after an identity check, or record its form.",
    ]


def _pending(registration: Registration, has_email: bool) -> list[str]:
    return [
        f"It is confirmed, and on no map yet. It waits for {' and '.join(waits_for(registration, has_email))}.",
        *([f"It was last confirmed on {registration.confirmed_on:%Y-%m-%d}."] if registration.confirmed_on else []),
    ]


def _published(registration: Registration, has_email: bool) -> list[str]:
    return [f"It is published. It was last confirmed on {registration.confirmed_on:%Y-%m-%d}."]


def _suspended(registration: Registration, has_email: bool) -> list[str]:
    day = f" on {registration.suspended_on:%Y-%m-%d}" if registration.suspended_on else ""
    if registration.suspended_because == SuspendedBecause.OVERDUE:
        return [
            f"It left the map{day}, because it was not confirmed for a long time.",
            "It comes back as soon as its registrant confirms it, or staff do so for the registrant.",
        ]
    return [f"Staff took it off the map{day}. Publishing brings it back."]


_STATES = {
    State.UNCONFIRMED: _unconfirmed,
    State.PENDING: _pending,
    State.PUBLISHED: _published,
    State.SUSPENDED: _suspended,
}
