"""The built-in words that a registrant agrees to, in every version that anybody ever agreed to.

Whenever a sentence changes its meaning, add a version and leave the old one: consents refer to it.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CONSENT_VERSION = "2026-1"

WORDINGS: dict[str, tuple[str | Promise, ...]] = {
    "2026-1": (
        _("Registering is voluntary and free."),
        _("Nobody gets access to your camera: no live picture, no recordings, no password."),
        _("You are contacted only when something happened near your camera, or about your own registration."),
        _(
            "Officers may see on a map where a camera is. They see your name and contact details only for a case, and "
            "each time is put on record."
        ),
        _("You may delete your registration at any time. Copies of it end at the next update, at most 24 hours later."),
        _("The law or a court may require that information is disclosed."),
    ),
}
