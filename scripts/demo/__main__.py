"""`make demo`: seed a backend, sync as analyst and as investigator, find the cameras near incidents, draw it."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

from scripts.backend_process import ROOT, BackendDidNotStart, EmbeddedBackend, running_backend

from . import data, map_extract
from .desk_window import photograph_desk
from .files import DemoFiles
from .prepare import seed

ROLES = ("analyst", "investigator")
TOKEN_HOURS = 1


class Stopped(Exception):
    """The demo cannot go on; the message says why, in one line or with the end of a program's output."""


def say(text: str) -> None:
    """Tell the person who waits what is being done."""
    print(f"demo: {text}", flush=True)


def run(command: list[str], what: str) -> str:
    """Run a step in a process of its own and return its standard output; raise Stopped with its last words."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Stopped(f"{what} failed:\n{(done.stderr or done.stdout).strip()[-3000:]}")
    return done.stdout


def sync_as(role: str, backend: EmbeddedBackend, files: DemoFiles) -> Path:
    """Pull the cameras that `role` may see, as a scheduled headless sync would, and return the snapshot's path."""
    with tempfile.TemporaryDirectory() as folder:
        token_file = Path(folder) / "token"
        token_file.touch(mode=0o600)
        token_file.write_text(backend.issue_token(data.AGENCY, role, TOKEN_HOURS))
        command = [sys.executable, "scripts/sync_registry.py", "--url", backend.url, "--token-file", str(token_file)]
        printed = run([*command, "--snapshots", str(files.snapshots / role)], f"The sync as {role}")
    return Path(printed.strip().splitlines()[-1])


def build(files: DemoFiles, var: Path, with_desk: bool) -> None:
    """Do every step; what an earlier run left in the folder is replaced."""
    shutil.rmtree(files.folder, ignore_errors=True)
    files.folder.mkdir(parents=True)
    say(f"reading streets, buildings and house numbers ({map_extract.CREDIT})")
    map_extract.write_basemap(files.basemap)
    incidents = data.write_incidents(files.basemap, files.incidents, datetime.now(timezone.utc))
    say("starting the embedded registration backend and seeding synthetic registrations")
    with running_backend(var) as backend:
        seed(backend)
        for role in ROLES:
            snapshot = sync_as(role, backend, files)
            say(f"synced as {role}: {snapshot}")
            if role == "investigator":
                shutil.copyfile(snapshot, files.cameras)
    say(f"finding the cameras near {incidents} synthetic incidents and drawing the map with real QGIS")
    run([sys.executable, "-m", "scripts.demo.picture", str(files.folder)], "The map")
    if with_desk:
        say("opening the real QGIS under Xvfb and clicking an incident")
        photograph_desk(files)


def report(files: DemoFiles, seconds: float) -> None:
    """Say what there is to look at now."""
    say(f"done in {seconds:.0f} s. Look at:")
    for path, what in (
        (files.map_picture, "the map"),
        (files.desk_picture, "the investigator's desk"),
        (files.nearby, "the cameras near every incident, as a table"),
        (files.cameras, "the investigator's snapshot"),
    ):
        if path.exists():
            size = path.stat().st_size / 1024
            shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
            print(f"  {shown!s:<40} {what} ({size:.0f} KiB)")


def main() -> int:
    """Run the demo and return how the process should exit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "demo")
    parser.add_argument("--var", type=Path, default=ROOT / "var" / "demo")
    parser.add_argument("--without-desk", action="store_true", help="leave out the picture of the QGIS window")
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    files = DemoFiles(options.output.resolve())
    began = time.monotonic()
    try:
        build(files, options.var.resolve(), not options.without_desk)
    except (Stopped, BackendDidNotStart, RuntimeError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    report(files, time.monotonic() - began)
    return 0


if __name__ == "__main__":
    sys.exit(main())
