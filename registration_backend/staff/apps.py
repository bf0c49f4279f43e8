"""Registers the staff app with Django, and keeps its groups in step with the code."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class StaffConfig(AppConfig):
    name = "staff"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(_after_migrating, sender=self)


def _after_migrating(using: str, **_: Any) -> None:
    from staff.roles import ensure_groups

    if using == "default":
        ensure_groups()
