"""No restore brings a withdrawn registration back, and a database that is in use is never replaced."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse

from registrations import contacts
from tests.registration_backend.registrations.factories import make_agency, make_registration

OLD_BACKUP = """
from registrations import ownership_reports
from registrations.models import Link, OwnershipReport
agency = make_agency()
told = ownership_reports.ReportDetails("Street 1", "moved", name="Name of a stranger")
closed, open_one = (ownership_reports.create(agency, told) for _ in range(2))
made = [make_registration(agency, contact=make_contact(name=f"Name {n}")).registration for n in range(6)]
old, old_keys = backup()
for one in made[:4]: services.withdraw(one)
ownership_reports.close(closed)
gone = {one.pk for one in made[:4]} | {closed.pk}
lost = made[4].pk
made[4].delete()  # lost by accident, not withdrawn
for keys_choice in ("current", old_keys):
    restore(old, keys_choice)
    left = readable()
    assert not gone & set(left), "a withdrawn registration is back"
    assert not RegistrationKey.objects.filter(pk__in=gone).exists()
    assert {pk: contact.name for pk, contact in left.items()} == {lost: "Name 4", made[5].pk: "Name 5"}
    assert ownership_reports.read(open_one) == told
    assert not Link.objects.exists(), "a visit came back to life"
connections.close_all()
before = settings.DATABASES["default"]["NAME"].read_bytes()
for put_in_its_place in (lambda: settings.WITHDRAWAL_JOURNAL.unlink(), lambda: None):  # the second finds a new one
    put_in_its_place()
    try: restore(old)
    except CommandError as error: assert "Nothing was changed. The journal of withdrawals" in str(error), error
    else: raise AssertionError("restored without the journal")
assert settings.DATABASES["default"]["NAME"].read_bytes() == before
restore(old, without_journal=True)  # the destroyed keys alone keep the contacts shut, even without a journal
assert sum(one is not None for pk, one in readable().items() if pk in {*gone}) == 0
assert len(readable()) == 6
assert not [path.name for path in settings.VAR_DIR.iterdir() if "restored" in path.name or path.name[0] == "."]
"""
LOST_KEYS = """
made = [make_registration(make_agency()).registration] + [make_registration().registration for _ in range(2)]
old, old_keys = backup()
services.withdraw(made[0])
connections.close_all()
Path(settings.DATABASES["keys"]["NAME"]).unlink()
Path(settings.DATABASES["default"]["NAME"]).write_bytes(b"broken" * 999)
before = settings.DATABASES["default"]["NAME"].read_bytes()
try: restore(old)
except CommandError as error: assert "--keys" in str(error), error
else: raise AssertionError("without any keys")
assert settings.DATABASES["default"]["NAME"].read_bytes() == before
restore(old, old_keys)
assert set(readable()) == {one.pk for one in made[1:]} and all(readable().values())
"""
ROLLED_BACK = """
made = [make_registration(make_agency()).registration] + [make_registration().registration for _ in range(2)]
old, _ = backup()
class Planted(Exception): pass
try:
    with services.announced_together():
        services.withdraw(made[0])
        raise Planted
except Planted: pass
with services.both_databases():
    try:
        with services.both_databases():
            services.withdraw(made[0])
            raise Planted
    except Planted: pass
from registrations.imports.writer import stored_together
with stored_together(dry_run=True): services.withdraw(made[0])
assert Registration.objects.count() == 3
restore(old)
assert Registration.objects.filter(pk=made[0].pk).exists()
journal = settings.WITHDRAWAL_JOURNAL
journal.rename(base / "aside")
journal.mkdir()
try: services.withdraw(made[1])
except services.NotAllowed as error: assert "nothing was deleted" in str(error)
else: raise AssertionError("withdrawn without a line in the journal")
assert readable()[made[1].pk]
journal.rmdir()
try: services.withdraw(made[1])  # and with another journal than the one that the database knows
except services.NotAllowed as error: assert "nothing was deleted" in str(error)
else: raise AssertionError("withdrawn with a line in another journal")
(base / "aside").rename(journal)
services.withdraw(made[2])
services.withdraw(made[2])
assert [line.split()[:2] for line in journal.read_text().splitlines()[1:]] == [["withdrawn", str(made[2].pk)]]
"""
OLD_LIST = """
from tests.registration_backend.registrations.lists import counts, import_list, of_row, row
make_agency()
import_list(base, row(1), row(2))
old, _ = backup()
import_list(base, row(1), row(2), row(3), row(4))
for number in (1, 3): services.withdraw(of_row(number))
before = set(WithdrawnMark.objects.values_list("mark_hash", "kind", "withdrawn_on"))
restore(old)
assert set(WithdrawnMark.objects.values_list("mark_hash", "kind", "withdrawn_on")) == before != set()
assert Registration.objects.count() == 1
printed = import_list(base, row(1), row(2), row(3), row(4))
assert counts(printed) == [1, 0, 1, 2], printed  # row 4 was lost with the restore and comes back, 1 and 3 do not
"""


def test_no_withdrawn_contact_is_readable_from_an_old_backup(run):
    run(OLD_BACKUP)


def test_lost_keys_come_from_their_backup_but_never_those_of_a_withdrawal(run):
    run(LOST_KEYS)


def test_a_withdrawal_that_was_rolled_back_is_kept_and_one_that_cannot_be_noted_is_refused(run):
    run(ROLLED_BACK)


def test_who_withdrew_stays_out_of_old_lists_after_a_restore_too(run):
    run(OLD_LIST)


BOTH = pytest.mark.django_db(databases=["default", "keys"])


@BOTH
def test_a_registrant_is_told_when_nothing_was_deleted_and_for_how_long_backups_are_kept(client, settings):
    registered = make_registration(make_agency())
    address = reverse("withdraw", args=[registered.token])
    assert "After 7 days no backup holds anything readable of your contact" in client.post(address).text
    settings.WITHDRAWAL_JOURNAL = Path("/dev/full")
    answer = client.post(address, {"confirmed": "yes"})
    assert answer.status_code == 503
    assert "so nothing was deleted" in answer.text
    assert contacts.read(registered.registration)
    settings.BACKUP_KEYS_KEPT_DAYS = 1
    assert "After 1 day no backup holds" in client.get(reverse("withdrawn")).text


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_on_postgresql_the_commands_name_what_to_use_instead(manage, tmp_path, command):
    addresses = {
        "CAMERA_REGISTRY_DATABASE_URL": "postgresql:///registry",
        "CAMERA_REGISTRY_KEYS_DATABASE_URL": "postgresql:///keys",
    }
    refused = manage(command, "--data", tmp_path / "data", "--keys", tmp_path / "keys", **addresses)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "pg_restore, and then manage.py replay_withdrawals" in refused.stderr
