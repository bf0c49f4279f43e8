"""Runs the embedded registration backend as a process of its own: for the demo, the tests and the benchmarks."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BACKEND = ROOT / "registration_backend"
START_SECONDS = 60.0
STOP_SECONDS = 15.0
DATABASES = "*.sqlite3*"
OTHER_DATABASES = ("CAMERA_REGISTRY_DATABASE_URL", "CAMERA_REGISTRY_KEYS_DATABASE_URL")


class BackendDidNotStart(RuntimeError):
    """The backend's process ended or stayed silent; the message holds the end of its log."""


@dataclass(frozen=True)
class EmbeddedBackend:
    """A registration backend whose database, keys and log lie in the folder `var`; `url` once it serves."""

    var: Path
    url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its processes: everything of ours and where its run-time files lie.

        The addresses of other databases stay out: demo data and test data belong in the folder only.
        """
        ours = {name: value for name, value in os.environ.items() if name not in OTHER_DATABASES}
        return {
            **ours,
            "CAMERA_REGISTRY_VAR": str(self.var),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PROJ_DATA": os.environ.get("PROJ_DATA", "/usr/share/proj"),
        }

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one manage.py command and return what it printed."""
        command = [sys.executable, str(BACKEND / "manage.py"), *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if check and done.returncode:
            raise RuntimeError(f"manage.py {arguments[0]} failed: {done.stderr.strip()[-2000:]}")
        return done

    def issue_token(self, agency: str, role: str, hours: float = 12) -> str:
        """Return a fresh service token for the feed."""
        done = self.manage("issue_token", "--agency", agency, "--role", role, "--hours", str(hours))
        return done.stdout.strip()


@contextlib.contextmanager
def running_backend(var: Path, port: int = 0, threads: int = 4) -> Iterator[EmbeddedBackend]:
    """Migrate the database under `var`, serve it on 127.0.0.1 (a free port when 0), and stop it at the end.

    Raises BackendDidNotStart.
    """
    var.mkdir(parents=True, exist_ok=True, mode=0o700)
    backend = EmbeddedBackend(var)
    if any(var.glob(DATABASES)):
        _migrate(backend)
    else:
        for database in Path(_empty_databases().name).glob(DATABASES):
            shutil.copy(database, var)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        log_path = var / "server.log"
        with log_path.open("ab") as log:
            process = subprocess.Popen(
                _command(listener.fileno(), threads),
                cwd=BACKEND,
                env=backend.environment,
                pass_fds=[listener.fileno()],
                stdout=log,
                stderr=log,
            )
        try:
            _wait_until_healthy(process, url, log_path)
            yield EmbeddedBackend(var, url)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _migrate(backend: EmbeddedBackend) -> None:
    for database in ("keys", "default"):
        backend.manage("migrate", "--verbosity", "0", "--database", database)


@functools.cache
def _empty_databases() -> tempfile.TemporaryDirectory[str]:
    """Return a folder with databases that were migrated once for this process: making them takes longer than a test."""
    folder = tempfile.TemporaryDirectory(prefix="camera-registry-")
    _migrate(EmbeddedBackend(Path(folder.name)))
    return folder


def _command(listener: int, threads: int) -> list[str]:
    options = ["--bind", f"fd://{listener}", "--threads", str(threads), "--no-control-socket", "--log-level", "warning"]
    return [sys.executable, "-m", "gunicorn", *options, "config.wsgi"]


def _wait_until_healthy(process: subprocess.Popen[bytes], url: str, log_path: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    tail = log_path.read_text(errors="replace")[-2000:]
    raise BackendDidNotStart(f"the backend did not answer on {url}/health; the end of its log:\n{tail}")
