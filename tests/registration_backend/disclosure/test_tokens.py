"""Service tokens: printed once and alone, stored as a hash, expiring."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from disclosure.models import AccessToken
from disclosure.tokens import LONGEST_HOURS, find, hash_of, issue
from registrations.models import Agency
from tests.registration_backend.registrations.factories import make_agency

pytestmark = pytest.mark.django_db


@pytest.fixture
def agency(db: None) -> Agency:
    return make_agency()


def test_the_command_prints_the_token_alone_and_says_elsewhere_when_it_ends(agency: Agency) -> None:
    out, err = io.StringIO(), io.StringIO()
    call_command("issue_token", agency="HEL", role="analyst", hours=12, label="sync", stdout=out, stderr=err)
    token = out.getvalue().removesuffix("\n")
    record = AccessToken.objects.get()
    assert record.token_hash == hash_of(token)
    assert find(token) == record
    assert len(token) == 43
    assert token not in err.getvalue()
    assert "expires" in err.getvalue()
    assert abs(record.expires_at - timezone.now() - timedelta(hours=12)) < timedelta(minutes=1)


@pytest.mark.parametrize("hours", [0, -1, LONGEST_HOURS + 1, float("nan"), float("inf")])
def test_hours_are_above_zero_and_capped(agency: Agency, hours: float) -> None:
    with pytest.raises(ValueError, match="hours must be above 0"):
        issue(agency, "analyst", hours)
    with pytest.raises(CommandError, match="hours must be above 0"):
        call_command("issue_token", agency="HEL", role="analyst", hours=hours)
    assert not AccessToken.objects.exists()


def test_unknown_agencies_and_roles_are_refused(agency: Agency) -> None:
    with pytest.raises(CommandError, match="There is no agency"):
        call_command("issue_token", agency="XX", role="analyst", hours=1)
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("issue_token", "--agency", "HEL", "--role", "king", "--hours", "1")
    with pytest.raises(ValueError, match="role must be one of"):
        issue(agency, "king", 1)


def test_tokens_are_told_apart(agency: Agency) -> None:
    first, _ = issue(agency, "analyst", 1)
    second, _ = issue(agency, "analyst", 1)
    assert first != second
    assert find(first) != find(second)
    assert find(first[:-1]) is None
    assert find("") is None
