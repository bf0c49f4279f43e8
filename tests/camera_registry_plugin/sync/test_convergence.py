"""Whatever happens on the server, and wherever a pull breaks off, the reader ends with the server's set."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from camera_registry_plugin.registry.errors import RegistryError, SourceUnreachable, StartOver
from camera_registry_plugin.registry.policy import Policy, read_policy
from camera_registry_plugin.sync.pull import pull
from camera_registry_plugin.sync.snapshot import SnapshotFolder
from camera_registry_plugin.sync.sources.base import Page
from camera_registry_plugin.sync.sources.registration_backend import read_page
from tests.camera_registry_plugin.sync.registry_server import Registry
from tests.proof import proof_count

SEQUENCES = proof_count(1000)

step = st.one_of(
    st.tuples(st.sampled_from(["create", "change", "withdraw", "spoil", "put back"]), st.integers(0, 30)),
    st.tuples(st.sampled_from(["pull", "pull broken off", "another view"]), st.integers(1, 5)),
)


class DirectSource:
    """Reads a `Registry` without a network. Calls `between` after each page; breaks off after `pages` of them."""

    url = "https://registry.example.org"

    def __init__(self, registry: Registry, page: int, pages: int | None = None, between: Any = None) -> None:
        self._registry = registry
        self._page = page
        self._pages = pages
        self._between = between

    def policy(self) -> Policy:
        return read_policy(self._registry.policy)

    def changes(self, cursor: str | None) -> Iterator[Page]:
        number = 0
        while True:
            if number == self._pages:
                raise SourceUnreachable("broken off")
            status, body = self._registry.changes(cursor, self._page)
            if status == 410:
                raise StartOver("start over")
            page = read_page(body)
            yield page
            if not page.more:
                return
            cursor = page.cursor
            number += 1
            if self._between:
                self._between()


def stored(folder: SnapshotFolder) -> set[tuple[str, int]]:
    """What a snapshot holds, refused records included; also proves that no id is there twice."""
    snapshot = folder.current()
    if snapshot is None:
        return set()
    with closing(sqlite3.connect(snapshot.path)) as connection:
        rows = connection.execute(
            "SELECT camera_id, row_version FROM registered_cameras"
            " UNION ALL SELECT camera_id, row_version FROM refused_records"
        ).fetchall()
    assert len({row[0] for row in rows}) == len(rows)
    return set(rows)


def apply(registry: Registry, ids: list[str], what: str, number: int) -> None:
    """Do one thing to the registry."""
    if what == "create" or not ids:
        ids.append(str(uuid.UUID(int=len(ids) + 1)))
        registry.put(ids[-1])
        return
    camera_id = ids[number % len(ids)]
    if what == "withdraw":
        registry.withdraw(camera_id)
    elif what == "spoil":
        registry.put(camera_id, recording="free text")
    elif what == "put back" or camera_id in registry.rows:
        registry.put(camera_id)


@settings(max_examples=SEQUENCES)
@given(st.lists(step, max_size=40), st.randoms(use_true_random=False))
def test_readers_set_equals_servers_set_after_any_sequence(steps: list[tuple[str, int]], chance: random.Random) -> None:
    registry, ids = Registry(), []
    root = Path(tempfile.mkdtemp())
    try:
        folder = SnapshotFolder(root / "snapshots")
        for what, number in steps:
            if what == "another view":
                registry.view = f"view{number}"
            elif what == "pull broken off":
                before = stored(folder)
                try:
                    pull(DirectSource(registry, number, pages=chance.randrange(3)), folder)
                except RegistryError:
                    assert stored(folder) == before
            elif what == "pull":

                def disturb() -> None:
                    apply(registry, ids, chance.choice(["create", "change", "withdraw", "spoil"]), chance.randrange(30))

                # With pages of one, changes while pulling could keep it going for ever; a few are enough.
                pull(DirectSource(registry, number + 2, between=disturb), folder)
                assert stored(folder) == registry.seen()
            else:
                apply(registry, ids, what, number)
        pull(DirectSource(registry, 7), folder)
        assert stored(folder) == registry.seen()
        file = folder.current()
        assert not pull(DirectSource(registry, 7), folder).full or file.state.cursor == ""
        assert folder.current().path == file.path  # a replay is a no-op
        left = sorted(path.name for path in folder.path.iterdir())
        assert left == sorted(["clock.json", "current.json", "sync.lock", file.path.name])
    finally:
        shutil.rmtree(root)
