"""Signs staff in for tests."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.test import Client

from registrations.models import Agency

from .conftest import make_person


def sign_in(client: Client, *roles: str, agencies: list[Agency] | None = None) -> User:
    """Sign a new member of staff with exactly these roles in, who works for `agencies`, or for all that there are."""
    user = make_person(*roles, agencies=agencies)
    client.force_login(user)
    return user
