"""Registers the feed app with Django and connects it to the changes of registrations."""

from __future__ import annotations

from django.apps import AppConfig


class FeedConfig(AppConfig):
    name = "feed"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from feed import receivers  # noqa: F401 - importing connects them; models are loaded only now
