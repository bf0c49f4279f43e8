"""A headless sync into a verified snapshot, beside ogr2ogr's copy of the same features into a GeoPackage."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts.backend_process import ROOT

from .timing import Comparison, compare


@contextlib.contextmanager
def page_server(count: int) -> Iterator[str]:
    """Run the page server in a process of its own and yield its address."""
    command = [sys.executable, "-m", "tests.benchmarks.page_server", str(count)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()  # type: ignore[union-attr]
        finally:
            process.terminate()


def our_sync(url: str, folder: Path) -> Path:
    """Pull everything into an empty snapshot folder and return the snapshot."""
    snapshots = folder / "snapshots"
    shutil.rmtree(snapshots, ignore_errors=True)
    token = folder / "token"
    token.touch(mode=0o600)
    token.write_text("benchmark")
    command = [sys.executable, str(ROOT / "scripts" / "sync_registry.py"), "--url", url, "--token-file", str(token)]
    command += ["--snapshots", str(snapshots)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Path(done.stdout.strip().splitlines()[-1])


def ogr2ogr(url: str, folder: Path) -> Path:
    """Copy the collection with GDAL's OAPIF driver, pages of 10,000."""
    target = folder / "ogr2ogr.gpkg"
    target.unlink(missing_ok=True)
    command = ["ogr2ogr", "-f", "GPKG", str(target), f"OAPIF:{url}/ogc", "cameras", "-oo", "PAGE_SIZE=10000"]
    subprocess.run([*command, "-nln", "cameras"], capture_output=True, check=True)
    return target


def stored(path: Path, table: str) -> list[tuple[object, ...]]:
    """Return id, point and some values of every row, sorted: the point is a blob's last 16 bytes in both."""
    statement = f"SELECT camera_id, substr(geom, -16), premises, retention_hours, updated_on FROM {table} ORDER BY 1"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(statement).fetchall()


def run(count: int, folder: Path, runs: int) -> Comparison:
    """Compare the two copies row by row, then their times."""
    with page_server(count) as url:
        ours, theirs = stored(our_sync(url, folder), "registered_cameras"), stored(ogr2ogr(url, folder), "cameras")
        if ours != theirs or len(ours) != count:
            raise SystemExit("bench: the two copies differ; no time is worth taking.")
        job = f"sync {count:,} cameras, verified, whole process"
        return compare(job, lambda: our_sync(url, folder), "ogr2ogr, unverified", lambda: ogr2ogr(url, folder), runs)
