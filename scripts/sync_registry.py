#!/usr/bin/env python3
"""Syncs a camera registry into a snapshot folder without QGIS; prints the snapshot's path as its last line."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from camera_registry_plugin.registry.errors import ConfigurationError, RegistryError
from camera_registry_plugin.sync.headless import plain_session
from camera_registry_plugin.sync.pull import PullReport, pull
from camera_registry_plugin.sync.snapshot import SnapshotFolder
from camera_registry_plugin.sync.sources.registration_backend import RegistrationBackend
from camera_registry_plugin.sync.storage import storage_warning
from camera_registry_plugin.sync.transport import Transport

FAILED = 1
INTERRUPTED = 130
LONGEST_TOKEN_FILE = 4096


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="address of the registry, such as https://registry.example.org")
    parser.add_argument("--token-file", required=True, type=Path, help="file that holds the service token")
    parser.add_argument("--snapshots", required=True, type=Path, help="folder to keep the snapshot in")
    parser.add_argument("--ca-file", type=Path, help="certificate authorities (PEM) instead of the system's")
    return parser.parse_args(given)


def read_token(path: Path) -> str:
    """Return the token in a file; warns where others can read it, raises ConfigurationError where we cannot."""
    try:
        with path.open(encoding="utf-8") as file:
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                warn(f"{path} can be read by others. Run: chmod 600 {path}")
            return file.read(LONGEST_TOKEN_FILE).strip().lstrip("\ufeff")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"The token file {path} cannot be read. Check its path and your rights.") from None


def warn(text: str) -> None:
    """Say something that does not stop the sync."""
    print(f"Warning: {text}", file=sys.stderr)


def show_progress(received: int, expected: int | None) -> None:
    """Overwrite one line on a terminal; a log file or a cron mail stays free of it."""
    if sys.stderr.isatty():
        of = f" of about {expected}" if expected else ""
        print(f"\r{received} cameras received{of}", end="", file=sys.stderr, flush=True)


def end_progress() -> None:
    """Leave the progress line."""
    if sys.stderr.isatty():
        print(file=sys.stderr)


def sync(options: argparse.Namespace) -> PullReport:
    """Do what the command line asks for; raises RegistryError."""
    session = plain_session(options.url, read_token(options.token_file), options.ca_file)
    warning = storage_warning(options.snapshots)
    if warning:
        warn(warning)
    source = RegistrationBackend(Transport(options.url, session))
    return pull(source, SnapshotFolder(options.snapshots), progress=show_progress)


def main(given: Sequence[str] | None = None) -> int:
    """Run; returns the exit status."""
    options = arguments(given)
    try:
        report = sync(options)
    except RegistryError as error:
        end_progress()
        print(" ".join(error.message.split()), file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        end_progress()
        print("Interrupted. The last snapshot stays.", file=sys.stderr)
        return INTERRUPTED
    end_progress()
    if report.refused_count:
        warn(f"{report.refused_count} records broke the rules and were not stored.")
    kind = "everything" if report.full else "changes"
    print(
        f"{report.snapshot.state.count} cameras; fetched {kind}: {report.upserted} new or changed, "
        f"{report.withdrawn} withdrawn, {report.refused_count} refused"
    )
    print(report.snapshot.path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
