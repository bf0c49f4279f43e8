"""Writes registrations and their keys in one step, announces what changed together, and notes who withdraws."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from registrations.details import NotAllowed
from registrations.models import Registration
from registrations.signals import registration_changed, registrations_changed

_waiting: ContextVar[list[Registration] | None] = ContextVar("changes to announce together", default=None)
_withdrawing: ContextVar[list[UUID] | None] = ContextVar("withdrawals to note before the commit", default=None)


@contextmanager
def both_databases() -> Iterator[None]:
    """Write registrations and keys in one step; every writer takes them in this order, so none waits in a circle.

    The keys are committed first: should the second commit fail, a contact is unreadable, never readable for longer
    than its registrant wants. Withdrawals are noted in the journal last of all, so that one that is undone before, as
    in a dry run, is not in it. Raises NotAllowed, with nothing written, when they cannot be.
    """
    outer, mine = _withdrawing.get(), []
    with transaction.atomic(), transaction.atomic(using="keys"):
        token = _withdrawing.set(mine)
        try:
            yield
        finally:
            _withdrawing.reset(token)
        if mine and not transaction.get_rollback():
            if outer is None:
                _note(mine)
            else:
                outer += mine


def withdraws(registration_id: UUID) -> None:
    """Say that the transaction of both_databases() around this withdraws a registration."""
    withdrawing = _withdrawing.get()
    if withdrawing is None:
        raise RuntimeError("a withdrawal outside both_databases() would not be noted")
    withdrawing.append(registration_id)


def announce(registration: Registration) -> None:
    """Tell everyone of a change, at once or at the end of announced_together()."""
    waiting = _waiting.get()
    if waiting is None:
        registration_changed.send(sender=Registration, registration=registration)
    else:
        waiting.append(registration)


@contextmanager
def announced_together() -> Iterator[None]:
    """Make many writes one transaction, and announce them with one signal at its end; inside another, join it."""
    with both_databases():
        if _waiting.get() is not None:
            yield
            return
        changed: list[Registration] = []
        outer = _waiting.set(changed)
        try:
            yield
        finally:
            _waiting.reset(outer)
        if changed:
            registrations_changed.send(sender=Registration, registrations=changed)


def _note(withdrawn: list[UUID]) -> None:
    from registrations.backups import applied  # it erases, and that needs what this module is for

    try:
        applied.note(withdrawn)
    except OSError:
        raise NotAllowed(
            _("The deletion could not be noted, so nothing was deleted. Please try again later.")
        ) from None
