"""Random sequences of register, change, withdraw, backup and restore on database files, watched by a feed reader.

Run by test_random_restores.py after the preparation in conftest.py; the number of sequences and the seed are arguments.
"""
# ruff: noqa: F821 - the names that are not made here come from the preparation in conftest.py

import os
import random
import shutil
import sys
import tempfile

from django.test import Client

from disclosure import tokens
from tests.registration_backend.feed.world import CHANGES

settings.ALLOWED_HOSTS = ["testserver"]
# What survives a power failure is not asked here, and waiting for the disk takes most of the time.
os.fsync = lambda handle: None
for alias in ("keys", "default"):
    connections[alias].settings_dict["OPTIONS"]["init_command"] += "; PRAGMA synchronous = OFF"
chance = random.Random(sys.argv[3])
done = {"sequences": 0, "restores": 0, "withdrawals": 0, "restarts": 0}
agency = make_agency()
token = tokens.issue(agency, "investigator", 12)[0]
client = Client(headers={"Authorization": f"Bearer {token}"})
connections.close_all()
shutil.copytree(settings.VAR_DIR, base / "fresh")


class Watcher:
    """Holds what the feed said, by camera id, and starts over when it is told to."""

    def __init__(self) -> None:
        self.held, self.cursor = {}, None

    def pull(self) -> None:
        while True:
            answer = client.get(CHANGES, {"limit": 3, **({"since": self.cursor} if self.cursor else {})})
            if answer.status_code == 410:
                assert self.cursor
                self.held, self.cursor = {}, None
                done["restarts"] += 1
                continue
            assert answer.status_code == 200, answer.content
            page = answer.json()
            for gone in page["withdrawn"]:
                self.held.pop(gone, None)
            self.held |= {one["id"]: one["properties"]["registration_id"] for one in page["features"]}
            self.cursor = page["cursor"]
            if not page["more"]:
                assert page["count"] == len(self.held)
                return


def register():
    """Put one camera on the map: what matters here is the order of things, not their number."""
    return make_registration(agency, published=True, cameras=[services.CameraDetails()]).registration


# Most of what can go wrong needs a backup before the withdrawal, and a pull on either side of the restore.
FIRST = ("register", "register", "backup")
THINGS = ("register", "register", "change", "withdraw", "withdraw", "backup", "restore", "restore", "pull", "pull")


def step(name, watcher, live, withdrawn, backups):
    """Do one thing."""
    if name == "register":
        one = register()
        live.add(one.pk)
    elif name == "change" and live:
        one = Registration.objects.get(pk=chance.choice(sorted(live)))
        services.change(one, cameras=[(one.cameras.first().pk, services.CameraDetails(range_m=chance.randint(1, 90)))])
    elif name == "withdraw" and live:
        withdraw(Registration.objects.get(pk=chance.choice(sorted(live))), live, withdrawn)
    elif name == "backup":
        backups.append((*backup(), set(live)))
    elif name == "restore" and backups:
        old, old_keys, then = chance.choice(backups)
        restore(old, chance.choice(["current", old_keys]))
        live.clear()
        live |= {one for one in then if str(one) not in withdrawn}
        done["restores"] += 1
    elif name == "pull":
        check(watcher, live, withdrawn)


def withdraw(one, live, withdrawn):
    services.withdraw(one)
    live.discard(one.pk)
    withdrawn.add(str(one.pk))
    done["withdrawals"] += 1


def check(watcher, live, withdrawn):
    """Pull once: nothing withdrawn is held, everything else is."""
    watcher.pull()
    held = set(watcher.held.values())
    assert not held & withdrawn, "a withdrawn registration is still shown"
    assert held == {str(one) for one in live}
    assert {one.pk for one in Registration.objects.all()} == live
    assert all(readable().values())


def overtake(watcher, live, withdrawn, backups):
    """Set the trap of a restore: the numbers after it were given out before, for what the reader has seen.

    The reader is at a number that the restored database has not reached; then a withdrawal happens whose number, and
    that of what follows, it believes to know. Some withdrawals come before the restore: only the journal knows them.
    """
    victims = [register() for _ in range(2)]
    live |= {one.pk for one in victims}
    backups.append((*backup(), set(live)))
    old, old_keys, then = backups[-1]
    for _ in range(chance.randint(1, 2)):
        live.add(register().pk)
    check(watcher, live, withdrawn)
    for one in victims[: chance.choice([0, 1, 1, 2])]:
        withdraw(one, live, withdrawn)
    restore(old, chance.choice(["current", old_keys]))
    done["restores"] += 1
    live.intersection_update(then)
    for one in victims:
        if one.pk in live:
            withdraw(one, live, withdrawn)
    for _ in range(chance.randint(1, 4)):
        live.add(register().pk)
    check(watcher, live, withdrawn)


for _ in range(int(sys.argv[2])):
    connections.close_all()
    shutil.rmtree(settings.VAR_DIR)
    shutil.copytree(base / "fresh", settings.VAR_DIR)
    with tempfile.TemporaryDirectory(dir=base) as folder:
        data, keys = Path(folder) / "data", Path(folder) / "keys"
        watcher, live, withdrawn, backups = Watcher(), set(), set(), []
        for name in (*FIRST, *chance.choices(THINGS, k=5)):
            step(name, watcher, live, withdrawn, backups)
        overtake(watcher, live, withdrawn, backups)
    done["sequences"] += 1
print(*done.values())
