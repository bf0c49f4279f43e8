"""Registers the staff app with Django, keeps its groups in step with the code, and tells registrants of looks."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import m2m_changed, post_migrate


class StaffConfig(AppConfig):
    name = "staff"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.contrib.auth.models import User

        from registrations.accesses import accesses_asked
        from staff.looks import looks_to_tell
        from staff.roles import refuse_bad_combination

        post_migrate.connect(_after_migrating, sender=self)
        m2m_changed.connect(refuse_bad_combination, sender=User.groups.through)
        accesses_asked.connect(looks_to_tell)


def _after_migrating(using: str, **_: Any) -> None:
    from staff.roles import ensure_groups

    if using == "default":
        ensure_groups()
