"""The headless sync as a process: the path last on stdout, one line on stderr when it fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.camera_registry_plugin.sync.registry_server import RegistryServer, running

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "sync_registry.py"


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    """A registry with thirty cameras."""
    with running() as running_server:
        running_server.registry.fill(30)
        yield running_server


@pytest.fixture
def token_file(server: RegistryServer, tmp_path: Path) -> Path:
    """The right token in a file that only this user can read."""
    path = tmp_path / "token"
    path.touch(mode=0o600)
    path.write_text(server.token + "\n")
    return path


def command(server: RegistryServer, token_file: Path, folder: Path, *more: str) -> list[str]:
    given = ["--url", server.url, "--token-file", str(token_file), "--snapshots", str(folder), *more]
    return [sys.executable, str(SCRIPT), *given]


def run(*arguments: Any) -> subprocess.CompletedProcess[str]:
    # Away from the repository: the script must find its package by itself.
    return subprocess.run(command(*arguments), capture_output=True, text=True, cwd="/", timeout=60, check=False)


def test_it_prints_the_snapshots_path_last(server: RegistryServer, token_file: Path, tmp_path: Path) -> None:
    done = run(server, token_file, tmp_path / "snapshots")
    assert (done.returncode, done.stderr) == (0, "")
    path = Path(done.stdout.splitlines()[-1])
    assert path.is_file()
    assert path.parent == tmp_path / "snapshots"
    again = run(server, token_file, tmp_path / "snapshots")
    assert again.stdout.splitlines()[-1] == str(path)


def failed_with_one_line(done: subprocess.CompletedProcess[str], words: str) -> None:
    assert done.returncode == 1
    assert done.stdout == ""
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_wrong_token_is_one_line_without_the_token(server: RegistryServer, token_file: Path, tmp_path: Path) -> None:
    token_file.write_text("w" * 20)
    done = run(server, token_file, tmp_path / "snapshots")
    failed_with_one_line(done, "does not know this token")
    assert "w" * 20 not in done.stderr


def test_a_missing_token_file_is_one_line(server: RegistryServer, tmp_path: Path) -> None:
    failed_with_one_line(run(server, tmp_path / "none", tmp_path / "snapshots"), "cannot be read")


def test_a_missing_file_of_authorities_is_one_line(server: RegistryServer, token_file: Path, tmp_path: Path) -> None:
    done = run(server, token_file, tmp_path / "snapshots", "--ca-file", str(tmp_path / "none.pem"))
    failed_with_one_line(done, "no file of certificate authorities")


def test_a_folder_that_cannot_be_written_is_one_line(server: RegistryServer, token_file: Path, tmp_path: Path) -> None:
    failed_with_one_line(run(server, token_file, token_file / "snapshots"), "cannot be written to")


@pytest.mark.skipif(os.name != "posix", reason="other systems keep rights in another form")
def test_a_token_file_that_others_can_read_draws_a_warning(
    server: RegistryServer, token_file: Path, tmp_path: Path
) -> None:
    token_file.chmod(0o644)
    done = run(server, token_file, tmp_path / "snapshots")
    assert done.returncode == 0
    assert "can be read by others. Run: chmod 600" in done.stderr


def test_refused_records_draw_a_warning(server: RegistryServer, token_file: Path, tmp_path: Path) -> None:
    server.registry.put(next(iter(server.registry.rows)), audio="loud")
    done = run(server, token_file, tmp_path / "snapshots")
    assert done.returncode == 0
    assert "1 records broke the rules" in done.stderr


def test_an_interrupt_is_one_line_and_leaves_nothing(server: RegistryServer, token_file: Path, tmp_path: Path) -> None:
    asked, release = threading.Event(), threading.Event()

    def stall(_request: Any, _answer: Any) -> None:
        asked.set()
        release.wait(20)

    server.faults = [None, stall]
    arguments = command(server, token_file, tmp_path / "snapshots")
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert asked.wait(20)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=20)
    release.set()
    assert process.returncode == 130
    assert (output, errors) == ("", "Interrupted. The last snapshot stays.\n")
    assert list((tmp_path / "snapshots").glob("cameras-*")) == []
