"""Issues the expiring tokens that readers of the feed present, and finds out whose a token is."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256

from django.utils import timezone

from disclosure.models import AccessToken, Role
from registrations.models import Agency

LONGEST_HOURS = 24 * 366


def issue(agency: Agency, role: str, hours: float, label: str = "") -> tuple[str, AccessToken]:
    """Return a new token and its record, which holds only its hash; the token cannot be had again.

    Raises ValueError when the role does not exist or `hours` is not above 0 and at most a year.
    """
    if role not in Role.values:
        raise ValueError(f"The role must be one of: {', '.join(Role.values)}.")
    if not 0 < hours <= LONGEST_HOURS:  # also refuses NaN
        raise ValueError(f"The hours must be above 0 and at most {LONGEST_HOURS}.")
    token = secrets.token_urlsafe(32)
    record = AccessToken.objects.create(
        token_hash=hash_of(token),
        agency=agency,
        role=role,
        label=label,
        expires_at=timezone.now() + timedelta(hours=hours),
    )
    return token, record


def find(token: str) -> AccessToken | None:
    """Return the record of a token, expired or disabled ones too, with its agency.

    The database compares hashes of what was presented: how long that takes says nothing about a token's letters.
    """
    return AccessToken.objects.select_related("agency").filter(token_hash=hash_of(token)).first()


def hash_of(token: str) -> str:
    """Return the SHA-256 of a token as 64 hexadecimal digits; a token's 256 random bits need no slower hash."""
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
