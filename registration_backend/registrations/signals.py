"""Announces changes of registrations, always inside the transaction that makes them.

Receivers run in the same `transaction.atomic()`: when one fails, the change is undone.
"""

from __future__ import annotations

from django.dispatch import Signal

# Keyword argument `registration`. Sent after any write that may alter what is published.
registration_changed = Signal()

# Keyword argument `registrations`, a list. Sent instead of the signal above for many writes in one transaction, so that
# a receiver can read and write them together: one by one, publishing takes most of the time of an import.
registrations_changed = Signal()

# Keyword argument `registration`. Sent before the rows of a withdrawn registration are deleted.
registration_withdrawn = Signal()

# No arguments. Sent when a backup was loaded and every journalled withdrawal done again, before anything is served.
database_restored = Signal()
