"""kill -9 at any moment of a pull: the old snapshot or the new one, never a mixture, and the next pull tidies up."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from camera_registry_plugin.sync.geopackage import Expected, verify
from camera_registry_plugin.sync.headless import plain_session
from camera_registry_plugin.sync.pull import pull
from camera_registry_plugin.sync.snapshot import SnapshotFolder
from camera_registry_plugin.sync.sources.registration_backend import RegistrationBackend
from camera_registry_plugin.sync.transport import Transport
from tests.camera_registry_plugin.sync.registry_server import RegistryServer, running
from tests.camera_registry_plugin.sync.test_convergence import stored
from tests.proof import proof_count

KILLS = proof_count(200)

PULLING = """
import sys
from pathlib import Path
import numpy, requests
from camera_registry_plugin.sync.headless import plain_session
from camera_registry_plugin.sync.pull import pull
from camera_registry_plugin.sync.snapshot import SnapshotFolder
from camera_registry_plugin.sync.sources.registration_backend import RegistrationBackend
from camera_registry_plugin.sync.transport import Transport
url, token, folder = sys.argv[1:]
source = RegistrationBackend(Transport(url, plain_session(url, token)), 200)
sys.stdin.readline()
print("started", flush=True)
pull(source, SnapshotFolder(Path(folder)))
print("done", flush=True)
"""


def start(server: RegistryServer, folder: SnapshotFolder) -> subprocess.Popen[str]:
    """A process that pulls once it is told to."""
    return subprocess.Popen(
        [sys.executable, "-c", PULLING, server.url, server.token, str(folder.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def change(server: RegistryServer, chance: random.Random) -> None:
    """Change the registry so that the next pull is either full or of changes."""
    rows = server.registry.rows
    if chance.random() < 0.5:
        server.registry.view = f"view{chance.getrandbits(32)}"
    for camera_id in chance.sample(list(rows), 20):
        server.registry.put(camera_id)
    server.registry.withdraw(chance.choice(list(rows)))


def test_a_killed_pull_leaves_the_old_or_the_new_snapshot_and_the_next_converges(tmp_path: Path) -> None:
    chance = random.Random(20261122)
    folder = SnapshotFolder(tmp_path / "snapshots")
    cut_short = 0
    with running() as server:
        server.registry.fill(1000)
        source = RegistrationBackend(Transport(server.url, plain_session(server.url, server.token)), 500)
        began = time.monotonic()
        pull(source, folder)
        whole = time.monotonic() - began
        # Spread over the whole pull and a little beyond; the first kill comes at once.
        for moment in range(KILLS):
            old = stored(folder)
            change(server, chance)
            new = server.registry.seen()
            with start(server, folder) as process:
                process.stdin.write("go\n")
                process.stdin.flush()
                assert process.stdout.readline() == "started\n"
                time.sleep(moment / KILLS * whole * 1.2)
                process.kill()
                cut_short += process.stdout.read() == ""
            snapshot = folder.current()
            assert stored(folder) in (old, new)
            state = snapshot.state
            assert verify(snapshot.path, Expected(state.count + state.refused_count, state.digest)) == state.count
            pull(source, folder)
            assert stored(folder) == new
            left = sorted(path.name for path in folder.path.iterdir())
            assert left == sorted(["clock.json", "current.json", "sync.lock", folder.current().path.name])
    assert cut_short
