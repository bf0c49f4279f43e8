"""Connects the feed to what happens to registrations, address registers and agencies."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from disclosure.addresses import recount
from disclosure.signals import register_changed
from feed import publishing
from registrations.models import Agency, Registration
from registrations.signals import changes_finished, registration_changed, registration_withdrawn, waits


@receiver(registration_changed)
def publish_change(registration: Registration, **_: Any) -> None:
    """Publish what changed, now or with the others of its block; a failure undoes the change itself."""
    if not waits(registration.pk):
        publishing.publish([registration.pk])


@receiver(changes_finished)
def publish_changes(registration_ids: list[UUID], **_: Any) -> None:
    """Publish what changed in one block."""
    publishing.publish(registration_ids)


@receiver(registration_withdrawn)
def publish_withdrawal(registration: Registration, **_: Any) -> None:
    """Withdraw the registration from every audience."""
    publishing.withdraw(registration.pk)


@receiver(register_changed)
def publish_new_places(agency: Agency, **_: Any) -> None:
    """Move the registrations whose cell is another one now."""
    publishing.republish(agency)


@receiver(post_save, sender=Agency)
def publish_new_settings(instance: Agency, **_: Any) -> None:
    """Publish everything afresh when a setting changed that decides what a reader sees."""
    if not publishing.is_up_to_date(instance):
        with transaction.atomic():
            recount(instance)
            publishing.republish(instance)
