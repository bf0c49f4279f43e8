"""Setup says in one line what it cannot have, and changes nothing where everything is there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from scripts.backend_process import ROOT


def run_setup(tmp_path: Path, commands: dict[str, str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run setup.sh with some commands replaced by scripts of the test's own."""
    for name, text in commands.items():
        command = tmp_path / name
        command.write_text(f"#!/bin/sh\n{text}\n")
        command.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", str(ROOT / "scripts" / "setup.sh")],
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_on_another_system_it_says_what_to_install(tmp_path: Path) -> None:
    release = tmp_path / "os-release"
    release.write_text("ID=fedora\n")
    done = run_setup(tmp_path, {}, OS_RELEASE=str(release))
    assert done.returncode == 1
    assert "python3-qgis" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_package_that_cannot_be_had_is_named_in_the_last_line(tmp_path: Path) -> None:
    commands = {
        "dpkg-query": 'for last; do :; done; [ "$last" = xvfb ] || echo "install ok installed"',
        "apt-get": "echo 'E: Unable to locate package' >&2; exit 100",
        "sudo": 'exec "$@"',
    }
    done = run_setup(tmp_path, commands)
    assert done.returncode == 1
    assert "could not install xvfb" in done.stderr.splitlines()[-1]
    assert "Unable to locate package" in done.stderr


def test_without_root_or_sudo_it_says_so(tmp_path: Path) -> None:
    commands = {"dpkg-query": "exit 1", "id": "echo 1000", "apt-get": "exit 1"}
    for name in ("bash", "dirname", "grep", "cat"):
        os.symlink(f"/usr/bin/{name}", tmp_path / name)
    for name, text in commands.items():
        (tmp_path / name).write_text(f"#!/usr/bin/bash\n{text}\n")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        ["/usr/bin/bash", str(ROOT / "scripts" / "setup.sh")],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "root is needed" in done.stderr


def test_where_everything_is_there_it_is_silent_and_quick(tmp_path: Path) -> None:
    done = run_setup(tmp_path, {"apt-get": "echo called >&2; exit 1"})
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
