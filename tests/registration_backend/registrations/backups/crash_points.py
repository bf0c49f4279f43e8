"""Kills restores at lines of their last steps, and looks what is left: all of the old state, or of the new.

Run by test_crashes.py after the preparation in conftest.py; the argument is how many of the lines are tried at most.
"""
# ruff: noqa: F821 - the names that are not made here come from the preparation in conftest.py

import os
import shutil
import signal
import subprocess
from collections import Counter

from registrations.backups import occupancy, restoring, switching
from tests.registration_backend.registrations.backups.conftest import ROOT

WATCHED = {(switching, "begin"), (switching, "finish"), (switching, "settle"), (restoring, "restore")}
agency = make_agency()
made = [make_registration(agency).registration for _ in range(3)]
old_data, old_keys = backup()
services.withdraw(made[0])
newer = make_registration(agency).registration
RegistrationKey.objects.filter(pk=made[2].pk).delete()  # lost by accident: the key backup has it
connections.close_all()
shutil.copytree(settings.VAR_DIR, base / "today")
# What exists, and what of it can be read: a mixture of the two files would show in one of both.
OLD = ({made[1].pk, made[2].pk, newer.pk}, {made[1].pk, newer.pk})
NEW = ({made[1].pk, made[2].pk}, {made[1].pk, made[2].pk})
files = {(module.__file__, name) for module, name in WATCHED}
seen = Counter()


def killed_at(number):
    """Restore in a process that is killed before the given one of the watched lines; return how many it came to."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        with open(reading) as said:
            count = len(said.read())
        assert os.WIFSIGNALED(os.waitpid(child, 0)[1]) == (number is not None)
        return count
    lines = 0

    def on_line(frame, event, argument):
        nonlocal lines
        if event == "line":
            lines += 1
            os.write(writing, b".")
            if lines == number:
                os.kill(os.getpid(), signal.SIGKILL)
        return on_line

    def on_call(frame, event, argument):
        return on_line if (frame.f_code.co_filename, frame.f_code.co_name) in files else None

    occupancy.enter()
    sys.settrace(on_call)
    restore(old_data, old_keys)
    os._exit(0)


def start(by_hand):
    """Do what the next start does before it opens a database: in a process of its own where `by_hand`."""
    if by_hand:
        command = [sys.executable, str(ROOT / "registration_backend" / "manage.py"), "check"]
        subprocess.run(command, check=True, capture_output=True)
    occupancy.enter(1)


def leave():
    """Give up this process's share of the databases."""
    connections.close_all()
    for handle in occupancy._held.values():
        os.close(handle)
    occupancy._held.clear()


def fresh():
    leave()
    shutil.rmtree(settings.VAR_DIR)
    shutil.copytree(base / "today", settings.VAR_DIR)


leave()
points = killed_at(None)
step = max(1, points // int(sys.argv[2]))
for number in range(points, 0, -step):
    fresh()
    killed_at(number)
    begun = switching.is_begun()
    start(by_hand=number % 4 == 0)
    found = readable()
    state = (set(found), {pk for pk, contact in found.items() if contact})
    assert state == NEW or (state == OLD and not begun), (number, begun, state)
    seen["begun" if begun else "old" if state == OLD else "new"] += 1
    left = {path.name for path in settings.VAR_DIR.iterdir()} - {path.name for path in (base / "today").iterdir()}
    assert left <= {"registry.sqlite3-wal", "registry.sqlite3-shm"}, left
leave()
assert min(seen[word] for word in ("begun", "old", "new")) > 0, seen
print(points, dict(seen))
