"""A database that is behind the journal of withdrawals catches up before it serves anybody, however it came there."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from feed.models import SequenceCounter
from registrations import services
from registrations.backups import applied, journal
from registrations.backups.replaying import catch_up
from registrations.models import Link, Registration, RegistrationKey
from scripts.backend_process import BackendDidNotStart, EmbeddedBackend, running_backend
from tests.registration_backend.registrations.factories import make_agency, make_registration

BOTH = pytest.mark.django_db(databases=["default", "keys"])
BY_HAND = """
import shutil
made = [make_registration(make_agency()).registration] + [make_registration().registration for _ in range(2)]
backup()
connections.close_all()
for name in ("registry", "keys"): shutil.copy(settings.VAR_DIR / f"{name}.sqlite3", base / f"{name}.old")
for one in made[:2]: services.withdraw(one)
connections.close_all()
for name in ("registry", "keys"):
    for path in settings.VAR_DIR.glob(f"{name}.sqlite3*"): path.unlink()
    shutil.copy(base / f"{name}.old", settings.VAR_DIR / f"{name}.sqlite3")
assert Registration.objects.count() == 3
if sys.argv[2] == "serve":
    import config.wsgi
else:  # with no restart in between, the next withdrawal does it
    services.withdraw(made[2])
left = {made[2].pk} if sys.argv[2] == "serve" else set()
for model in (Registration, RegistrationKey): assert set(model.objects.values_list("pk", flat=True)) == left
from registrations.models import Link
assert not Link.objects.exists()
"""
DIED = """
import os, signal
from registrations.backups import applied
from django.db import connection
one, other = make_registration(make_agency()).registration, make_registration().registration
connections.close_all()
child = os.fork()
if not child:
    # The moment between the line in the journal and the commit.
    applied.store = lambda position: os.kill(os.getpid(), signal.SIGKILL)
    services.withdraw(one)
assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
assert Registration.objects.count() == 2
import config.wsgi
assert list(Registration.objects.all()) == [other]
"""


@pytest.mark.parametrize("then", ["serve", "withdraw"])
def test_an_old_file_that_was_copied_by_hand_catches_up_before_it_serves(run, then):
    run(BY_HAND, then)


def test_a_withdrawal_that_died_before_its_commit_is_completed_at_the_next_start(run):
    run(DIED)


def test_a_server_does_not_start_without_the_journal_that_its_database_knows_and_says_so(run, tmp_path):
    run("make_registration(make_agency()); backup(); services.withdraw(Registration.objects.get())")
    (tmp_path / "var" / "withdrawals.journal").unlink()
    with pytest.raises(BackendDidNotStart, match="replay_withdrawals --new-journal"), running_backend(tmp_path / "var"):
        pytest.fail("served without the journal")
    assert EmbeddedBackend(tmp_path / "var").manage("replay_withdrawals", "--new-journal").returncode == 0
    with running_backend(tmp_path / "var"):
        pass


@BOTH
def test_after_another_tool_restored_the_databases_the_journal_is_done_again():
    gone, also_gone, kept = (make_registration(make_agency(code)).registration for code in ("ONE", "TWO", "SIX"))
    end = journal.append([gone.pk])
    with settings.WITHDRAWAL_JOURNAL.open("a") as file:
        file.write(f"withdrawn {also_gone.pk} 2026-01-0")  # torn, as by a power failure
    before = SequenceCounter.objects.get().generation
    printed = StringIO()
    call_command("replay_withdrawals", stdout=printed)
    assert printed.getvalue().startswith("2 registrations withdrawn again, 1 left;")
    assert "1 damaged lines" in printed.getvalue()
    assert list(Registration.objects.all()) == [kept]
    assert list(RegistrationKey.objects.values_list("pk", flat=True)) == [kept.pk]
    assert SequenceCounter.objects.get().generation != before
    assert not Link.objects.exists()
    assert applied.known_position().length > end.length


@BOTH
def test_a_database_that_is_behind_the_journal_catches_up_at_the_start_and_one_that_is_not_is_left_alone():
    gone, kept = make_registration(make_agency()).registration, make_registration()
    catch_up()
    before = SequenceCounter.objects.get().generation, applied.known_position()
    catch_up()
    assert (SequenceCounter.objects.get().generation, applied.known_position()) == before
    assert Link.objects.count() == 2
    journal.append([gone.pk])  # by another state of this database
    catch_up()
    assert list(Registration.objects.all()) == [kept.registration]
    assert not Link.objects.exists()
    assert SequenceCounter.objects.get().generation != before[0]
    services.withdraw(kept.registration)
    assert applied.known_position() == journal.read(journal.START).end


@BOTH
@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(path.read_bytes().replace(b"w", b"W"))])
def test_a_backend_whose_journal_is_lost_does_not_start_until_somebody_accepts_it(damage):
    gone, kept = make_registration(make_agency()).registration, make_registration().registration
    services.withdraw(gone)
    damage(settings.WITHDRAWAL_JOURNAL)
    for _ in range(2):
        with pytest.raises(ImproperlyConfigured, match="--new-journal"):
            catch_up()
        with pytest.raises(CommandError, match="--new-journal"):
            call_command("replay_withdrawals")
    call_command("replay_withdrawals", new_journal=True, stdout=StringIO())
    catch_up()
    assert list(Registration.objects.all()) == [kept]


@BOTH
def test_no_command_brings_people_in_or_writes_to_them_before_that(tmp_path, settings):
    settings.PUBLIC_URL = "https://cameras.example.org"
    agency = make_agency()
    (tmp_path / "list.csv").touch()
    for command in (["run_lifecycle"], ["import_registrations", tmp_path / "list.csv", "--agency=HEL"]):
        journal.append([make_registration(agency).registration.pk])
        if command[0] == "run_lifecycle":
            call_command(*command, stdout=StringIO())
        else:
            with pytest.raises(CommandError, match="no-mapping"):
                call_command(*command, f"--mapping={tmp_path / 'no-mapping'}", stdout=StringIO())
        assert not Registration.objects.exists()
    settings.WITHDRAWAL_JOURNAL.unlink()
    with pytest.raises(CommandError, match="--new-journal"):
        call_command("run_lifecycle")
