"""Signs staff in for tests."""

from __future__ import annotations

from django.contrib.auth.models import Group, User
from django.test import Client

from tests.registration_backend.registrations.factories import canary


def sign_in(client: Client, *roles: str) -> User:
    """Sign a new member of staff with exactly these roles in."""
    user = User.objects.create(username=canary("user"), is_staff=True)
    user.groups.set(Group.objects.filter(name__in=roles))
    assert user.groups.count() == len(roles)
    client.force_login(user)
    return user
