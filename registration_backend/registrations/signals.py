"""Announces changes of registrations, always inside the transaction that makes them.

Receivers run in the same `transaction.atomic()`: when one fails, the change is undone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.dispatch import Signal

# Keyword argument `registration`. Sent after any write that may alter what is published.
registration_changed = Signal()

# Keyword argument `registrations`, a list. Sent instead of the signal above for many writes in one transaction, so that
# a receiver can read and write them together: one by one, publishing takes most of the time of an import.
registrations_changed = Signal()

# Keyword argument `registration`. Sent before the rows of a withdrawn registration are deleted.
registration_withdrawn = Signal()

# Keyword argument `registration_ids`. Sent at the end of announced_together(), for what changed inside it.
changes_finished = Signal()

_waiting: ContextVar[dict[UUID, None] | None] = ContextVar("_waiting", default=None)


@contextmanager
def announced_together() -> Iterator[None]:
    """Let receivers treat all changes of the block at once, at its end: much faster for an import.

    Open it inside the transaction of the changes. When the block fails nothing is announced.
    """
    if _waiting.get() is not None:
        yield  # the outer block announces
        return
    changed: dict[UUID, None] = {}
    mark = _waiting.set(changed)
    try:
        yield
    finally:
        _waiting.reset(mark)
    if changed:
        changes_finished.send(sender=None, registration_ids=list(changed))


def waits(registration_id: UUID) -> bool:
    """Say whether a change will be announced by changes_finished, and then make sure that it is."""
    changed = _waiting.get()
    if changed is None:
        return False
    changed[registration_id] = None
    return True
