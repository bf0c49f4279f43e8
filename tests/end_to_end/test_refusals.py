"""What a headless sync says when the real backend refuses or is gone: one line, and the last snapshot untouched."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.backend_process import ROOT, EmbeddedBackend, running_backend

AGENCY = ("--code", "HEL", "--name", "Helsinki", "--grid-crs", "EPSG:3067", "--longitude=24.94", "--latitude=60.17")


def sync(url: str, token: str, folder: Path) -> subprocess.CompletedProcess[str]:
    token_file = folder.parent / "token"
    token_file.touch(mode=0o600)
    token_file.write_text(token)
    command = [sys.executable, str(ROOT / "scripts" / "sync_registry.py"), "--url", url, "--snapshots", str(folder)]
    command += ["--token-file", str(token_file)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def contents(folder: Path) -> dict[str, bytes]:
    """The snapshot and its pointer; the clock only remembers when it was last looked at."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name in CURRENT or path.suffix == ".gpkg"}


CURRENT = ("current.json",)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBackend]:
    with running_backend(tmp_path_factory.mktemp("var")) as backend:
        backend.manage("add_agency", *AGENCY)
        backend.manage("seed_demo")
        yield backend


@pytest.fixture
def synced(registry: EmbeddedBackend, tmp_path: Path) -> Path:
    """A folder with a good snapshot."""
    folder = tmp_path / "snapshots"
    done = sync(registry.url, registry.issue_token("HEL", "investigator"), folder)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.splitlines()[-1]).is_file()
    return folder


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode != 0
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for word in words:
        assert word in done.stderr


def test_a_token_that_is_not_known(registry: EmbeddedBackend, synced: Path) -> None:
    before, invented = contents(synced), secrets.token_urlsafe(32)
    done = sync(registry.url, invented, synced)
    refused(done, "token")
    assert invented not in done.stderr
    assert contents(synced) == before


def test_a_token_that_has_expired_is_told_apart(registry: EmbeddedBackend, synced: Path) -> None:
    before, token = contents(synced), registry.issue_token("HEL", "investigator", hours=1 / 3600)
    time.sleep(1.2)
    refused(sync(registry.url, token, synced), "expired")
    assert contents(synced) == before


def test_an_address_without_a_registry(registry: EmbeddedBackend, synced: Path) -> None:
    before, token = contents(synced), registry.issue_token("HEL", "investigator")
    refused(sync(f"{registry.url}/elsewhere", token, synced), "no camera registry at this address")
    assert contents(synced) == before


def test_a_backend_that_is_down(registry: EmbeddedBackend, synced: Path, tmp_path: Path) -> None:
    before = contents(synced)
    with running_backend(tmp_path / "gone") as gone:
        url = gone.url
    refused(sync(url, registry.issue_token("HEL", "investigator"), synced), "cannot be reached")
    assert contents(synced) == before


def test_a_role_that_does_not_read_the_feed_ends_access_and_takes_the_snapshot(
    registry: EmbeddedBackend, synced: Path
) -> None:
    refused(sync(registry.url, registry.issue_token("HEL", "auditor"), synced), "access")
    assert not list(synced.glob("*.gpkg"))


def test_plain_http_to_another_machine_is_refused_before_the_token_leaves(synced: Path) -> None:
    before = contents(synced)
    refused(sync("http://registry.example.org", secrets.token_urlsafe(32), synced), "https")
    assert contents(synced) == before
