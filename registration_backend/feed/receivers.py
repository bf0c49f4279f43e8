"""Connects the feed to what happens to registrations, address registers and agencies."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from disclosure.addresses import recount
from disclosure.generalise import check_grid
from disclosure.signals import register_changed
from feed import publishing
from feed.models import SequenceCounter, new_generation
from registrations.models import Agency, Registration
from registrations.signals import (
    database_restored,
    registration_changed,
    registration_withdrawn,
    registrations_changed,
)


@receiver(registration_changed)
def publish_change(registration: Registration, **_: Any) -> None:
    """Publish what changed; a failure undoes the change itself."""
    publishing.publish([registration.pk])


@receiver(registrations_changed)
def publish_changes(registrations: list[Registration], **_: Any) -> None:
    """Publish what changed in one transaction."""
    publishing.publish(registration.pk for registration in registrations)


@receiver(registration_withdrawn)
def publish_withdrawal(registration: Registration, **_: Any) -> None:
    """Withdraw the registration from every audience."""
    publishing.withdraw(registration.pk)


@receiver(database_restored)
def send_readers_to_the_start(**_: Any) -> None:
    """Make every cursor that was given out before the restore unusable."""
    SequenceCounter.objects.update_or_create(pk=1, defaults={"generation": new_generation()})


@receiver(register_changed)
def publish_new_places(agency: Agency, **_: Any) -> None:
    """Move the registrations whose cell is another one now."""
    publishing.republish(agency)


@receiver(post_save, sender=Agency)
def publish_new_settings(instance: Agency, **_: Any) -> None:
    """Publish everything afresh when a setting changed that decides what a reader sees.

    Raises disclosure.generalise.GridError for a grid that is not in metres: better now than at the first registration.
    """
    check_grid(instance.grid_srid)
    if not publishing.is_up_to_date(instance):
        with transaction.atomic():
            recount(instance)
            publishing.republish(instance)
