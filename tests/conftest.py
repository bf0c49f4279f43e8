"""What every test shares: hypothesis without leftovers, shards for the long proofs, the folder of real data."""

from __future__ import annotations

import os
import secrets
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile(
    "project",
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shard", metavar="K/N", help="run only the K-th of N shards of the long proofs")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the long proofs (modules that scale by proof_count), and keep one shard of them where asked."""
    for item in items:
        if hasattr(getattr(item, "module", None), "proof_count"):
            item.add_marker(pytest.mark.proof)
    shard = config.getoption("--shard")
    if shard:
        number, of = (int(part) for part in shard.split("/"))
        chosen = [item for item in items if zlib.crc32(item.nodeid.encode()) % of == number - 1]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real public data beside the project; the test is skipped where it is absent."""
    folder = Path(os.environ.get("CAMERA_REGISTRY_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real test data is not in {folder} (set CAMERA_REGISTRY_TEST_DATA)")
    return folder


@pytest.fixture(autouse=True)
def journal_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each test an empty journal of withdrawals: its database forgets with it what it had applied."""
    from django.conf import settings

    path = settings.VAR_DIR / f"withdrawals-{secrets.token_hex(8)}.journal"
    monkeypatch.setattr(settings, "WITHDRAWAL_JOURNAL", path)
    yield
    path.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Keep SQLite's test databases in memory; on a server, each of pytest-xdist's processes has names of its own."""
    from django.db import connections

    for connection in connections.all():
        if connection.vendor == "sqlite":
            connection.settings_dict["TEST"]["NAME"] = ":memory:"
