"""The demo's registrants are synthetic, the same at every run, and seeded only once."""

from __future__ import annotations

import re
import stat

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from disclosure.models import CountedMonth
from registrations import contacts
from registrations.models import Camera, Registration
from staff.models import MonthlyFigures

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture
def seed(settings, tmp_path, capsys):
    settings.VAR_DIR = tmp_path

    def run(*arguments: object) -> str:
        call_command("seed_demo", *map(str, arguments))
        return capsys.readouterr().out

    return run


def test_seeding_twice_changes_nothing_and_shows_no_password_again(seed, tmp_path):
    first = seed()
    before = list(Registration.objects.order_by("id").values()), list(Camera.objects.order_by("id").values())
    again = seed()
    assert before == (list(Registration.objects.order_by("id").values()), list(Camera.objects.order_by("id").values()))
    accounts = tmp_path / "demo" / "accounts.txt"
    assert stat.S_IMODE(accounts.stat().st_mode) == 0o600
    for line in accounts.read_text().splitlines():
        name, password, role = line.split()
        assert password in first
        assert password not in again
        user = authenticate(username=name, password=password)
        assert [group.name for group in user.groups.all()] == [role]


def test_the_demo_holds_what_real_programmes_hold_and_no_real_person(seed):
    seed()
    assert Registration.objects.count() == 120
    assert list(Registration.objects.filter(site=None).values_list("state", flat=True)) == ["pending"]
    assert CountedMonth.objects.count() == 1
    assert MonthlyFigures.objects.get().registered == 120
    counts = {registration.cameras.count() for registration in Registration.objects.all()}
    assert counts == set(range(1, 9))
    cameras = Camera.objects.all()
    assert cameras.filter(direction_deg=None).exists()
    assert cameras.filter(recording="live_only", retention_hours=None).exists()
    assert cameras.exclude(recording="live_only").filter(retention_hours=None).exists()
    for registration in Registration.objects.all()[:20]:
        contact = contacts.read(registration)
        assert re.fullmatch(r"Demo registrant \d+", contact.name)
        assert re.fullmatch(r"\+1 202 555 01\d\d", contact.phone)
        assert contact.email.endswith("@example.org")


def test_registrants_live_at_addresses_of_the_register_where_there_is_one(seed, tmp_path):
    register = tmp_path / "addresses.csv"
    rows = [f"Demo road,{n},Helsinki,apartment,{24.94 + n / 10000:.4f},60.17" for n in range(1, 61)]
    register.write_text("\n".join(["street,number,municipality,premises,lon,lat", *rows]))
    seed("--addresses", register)
    sites = [registration.site for registration in Registration.objects.exclude(site=None)]
    assert len(sites) == 59
    assert {site.y for site in sites} == {60.17}


def test_a_file_that_is_no_register_stops_the_seeding_with_one_line(seed, tmp_path):
    with pytest.raises(CommandError) as caught:
        seed("--addresses", tmp_path / "none.csv")
    assert "\n" not in str(caught.value)
    assert not Registration.objects.exists()
