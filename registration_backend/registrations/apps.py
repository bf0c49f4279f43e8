"""Registers the registrations app with Django, and lets no process in while a restore goes on."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RegistrationsConfig(AppConfig):
    name = "registrations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from registrations import checks  # noqa: F401
        from registrations.spatial_index import ensure_index

        post_migrate.connect(ensure_index, sender=self)

        from registrations.backups import occupancy, places

        if places.is_embedded():
            try:
                occupancy.enter()
            except (places.BackupError, OSError) as error:
                # Before the databases are opened, and before there is anything that could say it better.
                raise SystemExit(str(error)) from error
