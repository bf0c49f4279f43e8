"""Announces that the address register of an agency changed, inside the transaction that changes it."""

from __future__ import annotations

from django.dispatch import Signal

# Keyword argument `agency`. The cells of its registrations may be others now.
register_changed = Signal()
