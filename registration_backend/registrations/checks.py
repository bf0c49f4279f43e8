"""What `manage.py check --deploy` says beside Django's own checks: e-mails that nobody would get."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register


@register(Tags.security, deploy=True)
def mail_leaves_this_machine(**_: Any) -> list[CheckMessage]:
    """Warn where links would be written to files, or would lead nowhere."""
    found: list[CheckMessage] = []
    if not settings.EMAIL_HOST:
        found.append(
            checks.Warning(
                "No mail server is set, so nobody can confirm a registration.",
                hint="Set CAMERA_REGISTRY_SMTP_HOST and CAMERA_REGISTRY_MAIL_FROM.",
                id="registrations.W001",
            )
        )
    if not settings.PUBLIC_URL:
        found.append(
            checks.Warning(
                "The address of this backend is not set, so that reminders cannot hold a link.",
                hint="Set CAMERA_REGISTRY_PUBLIC_URL, such as https://cameras.example.org.",
                id="registrations.W002",
            )
        )
    return found
