"""Registers the registrations app with Django."""

from __future__ import annotations

from django.apps import AppConfig


class RegistrationsConfig(AppConfig):
    name = "registrations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from registrations import checks  # noqa: F401
