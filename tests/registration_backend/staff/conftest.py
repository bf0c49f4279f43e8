"""An agency, its staff in every role, where their pages are, and the backend and browser of the registrants' tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User

from registrations.contacts import ContactDetails
from registrations.models import Agency, Registration
from staff.models import Membership
from staff.roles import VERIFIER
from tests.registration_backend.registrations.conftest import backend, chromium
from tests.registration_backend.registrations.factories import canary, make_agency
from tests.registration_backend.staff.importing import Importer

__all__ = ["backend", "chromium"]

LIST = "/staff/registrations/registration/"


def page_of(registration: Registration, name: str = "change") -> str:
    """Return the address of a page about one registration."""
    return f"{LIST}{registration.pk}/{name}/"


def values_of(contact: ContactDetails) -> list[str]:
    return [value for value in vars(contact).values() if value]


def make_person(*roles: str, agencies: list[Agency] | None = None, superuser: bool = False) -> User:
    """Make somebody with roles who works for `agencies`, by default for all that there are."""
    user = User.objects.create(username=canary("user"), is_staff=True, is_superuser=superuser)
    user.groups.set(Group.objects.filter(name__in=roles))
    assert user.groups.count() == len(roles)
    for agency in Agency.objects.all() if agencies is None else agencies:
        Membership.objects.create(user=user, agency=agency)
    return user


@pytest.fixture
def agency(db) -> Agency:
    return make_agency()


@pytest.fixture
def sign_in(client, agency) -> Callable[..., User]:
    def as_role(*roles: str, agencies: list[Agency] | None = None, superuser: bool = False) -> User:
        user = make_person(*roles, agencies=agencies, superuser=superuser)
        client.force_login(user)
        return user

    return as_role


@pytest.fixture
def importer(client, sign_in, settings, tmp_path) -> Importer:
    """A verifier before the pages of the import; lists are held in a folder of the test's own."""
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()
    sign_in(VERIFIER)
    return Importer(client)
