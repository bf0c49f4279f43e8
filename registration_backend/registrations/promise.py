"""The words that a registrant agrees to. Change CONSENT_VERSION whenever a sentence changes its meaning."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

CONSENT_VERSION = "2026-1"

PROMISE = (
    _("Registering is voluntary and free."),
    _("Nobody gets access to your camera: no live picture, no recordings, no password."),
    _("You are contacted only when something happened near your camera, or about your own registration."),
    _(
        "Officers may see on a map where a camera is. They see your name and contact details only for a case, and "
        "each time is put on record."
    ),
    _("You may delete your registration at any time. Copies of it end at the next update, at most 24 hours later."),
    _("The law or a court may require that information is disclosed."),
)
