"""A PostgreSQL cluster for one test run: on 127.0.0.1, with a password of its own, gone afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

_USER = "registry_test"
_ATTEMPTS = 5  # another program may take the spare port before the server does
_SECONDS = 120
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    # Nothing of it need survive the machine.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


class ClusterFailed(RuntimeError):
    """The cluster cannot be made or started; the message says what to do, or what the program said."""


class PostgisCluster:
    """A cluster in a temporary folder. PostgreSQL never runs as root, so root hands it to the user postgres."""

    def __init__(self) -> None:
        self._binaries = newest_binaries(Path("/usr/lib/postgresql"))
        self._password = secrets.token_urlsafe(24)
        self._port = 0
        # Not pytest's tmp_path: its parents are closed to the user postgres.
        self.folder = Path(tempfile.mkdtemp(prefix="camera-registry-postgis-"))

    def url(self, name: str) -> str:
        """Return the address of the database `name`, as the backend's settings want it."""
        return f"postgresql://{_USER}:{self._password}@127.0.0.1:{self._port}/{name}"

    def start(self) -> None:
        """Make the cluster and start its server. Raises ClusterFailed."""
        password_file = self.folder / "password"
        password_file.touch(0o600)
        password_file.write_text(self._password)
        if os.geteuid() == 0:
            for path in (self.folder, password_file):
                shutil.chown(path, "postgres", "postgres")
        options = [f"--pgdata={self.folder / 'data'}", f"--username={_USER}", f"--pwfile={password_file}"]
        made = self._run("initdb", *options, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        password_file.unlink()
        if made.returncode:
            raise ClusterFailed(f"initdb failed: {made.stderr.strip()[-1000:]}")
        for _ in range(_ATTEMPTS):
            self._port = _spare_port()
            if self._started():
                return
        log = self.folder / "log"
        raise ClusterFailed(f"PostgreSQL did not start: {log.read_text()[-1000:] if log.exists() else 'no log'}")

    def remove(self) -> None:
        """Stop the server where it runs, and delete the folder."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", f"--pgdata={self.folder / 'data'}", "--mode=immediate", "--wait")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _started(self) -> bool:
        settings = " ".join(f"-c {name}='{value}'" for name, value in {**_SETTINGS, "port": self._port}.items())
        options = [f"--pgdata={self.folder / 'data'}", f"--log={self.folder / 'log'}", f"--options={settings}"]
        return self._run("pg_ctl", "start", "--wait", *options).returncode == 0

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(self._binaries / program), *arguments]
        if os.geteuid() == 0:
            command = ["/usr/sbin/runuser", "-u", "postgres", "--", *command]
        # The folder of the run may be closed to the user postgres, and the messages are read above.
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        return subprocess.run(
            command, cwd="/", env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
        )


def newest_binaries(folder: Path) -> Path:
    """Return the folder of programs of the newest PostgreSQL under `folder`. Raises ClusterFailed."""
    found = [path.parent for path in folder.glob("*/bin/initdb") if path.parent.parent.name.isdigit()]
    if not found:
        raise ClusterFailed("PostgreSQL is not installed. Run: make setup (or apt-get install postgresql-postgis)")
    return max(found, key=lambda path: int(path.parent.name))


def _spare_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
