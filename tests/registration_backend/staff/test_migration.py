"""Staff of a backend with one agency go on working after the update, and earlier looks get their agency."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from staff.models import Membership, StaffContactView
from staff.roles import ADMINISTRATOR, VERIFIER
from tests.registration_backend.registrations.factories import canary, make_agency, make_registration

BEFORE = [("staff", "0001_initial")]


@pytest.fixture
def before():
    """The tables as they were, and the way to what they are now."""
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes()
    models = executor.migrate(BEFORE).apps

    def update() -> None:
        MigrationExecutor(connection).migrate(newest)

    yield models, update
    update()


@pytest.mark.django_db(transaction=True, databases=["default", "keys"])
@pytest.mark.parametrize("agencies", [1, 2])
def test_an_update_keeps_what_is_known(before, agencies):
    models, update = before
    made = [make_agency(code) for code in ("HEL", "OTH")[:agencies]]
    registration = make_registration(made[-1]).registration
    people = {}
    for role in (VERIFIER, ADMINISTRATOR, "other"):
        people[role] = User.objects.create(username=canary(role), is_staff=True)
        people[role].groups.add(Group.objects.get_or_create(name=role)[0])
    looks = models.get_model("staff", "StaffContactView").objects
    for seen in (registration.pk, uuid.uuid4()):
        looks.create(user_id=people[VERIFIER].pk, registration_id=seen, reason="place")
    update()
    known = dict(StaffContactView.objects.values_list("registration_id", "agency_id"))
    assert known.pop(registration.pk) == made[-1].pk
    assert list(known.values()) == [None]
    # With several agencies nobody can tell who works for which: an administrator has to say so.
    members = {people[VERIFIER].pk, people[ADMINISTRATOR].pk} if agencies == 1 else set()
    assert set(Membership.objects.values_list("user_id", flat=True)) == members
