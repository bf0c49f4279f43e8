"""Finds the backend's secret keys in the environment, or makes them once and keeps them in a private file."""

from __future__ import annotations

import base64
import binascii
import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

KEY_BYTES = 32
FILE_NAME = "secrets.json"
ENVIRONMENT = {
    "secret_key": "CAMERA_REGISTRY_SECRET_KEY",
    "master_key": "CAMERA_REGISTRY_MASTER_KEY",
    "lookup_key": "CAMERA_REGISTRY_LOOKUP_KEY",
    "position_key": "CAMERA_REGISTRY_POSITION_KEY",
    "backup_key": "CAMERA_REGISTRY_BACKUP_KEY",
}
_ADDED_LATER = ("backup_key",)  # a file from before these existed gets them at the next start
_OPTIONAL = {"backup_key"}  # for these alone no file is made: whoever keeps the keys elsewhere wants none


class SecretsError(Exception):
    """The keys are missing, damaged or readable by others; the message says what to do."""


@dataclass(frozen=True)
class SecretKeys:
    """secret_key signs cookies; the other four are 32 random bytes each.

    master_key wraps the data keys of registrations, lookup_key makes keyed hashes, position_key places the
    generalised positions inside their cells, backup_key encrypts backups; it may be None, and then none can be made.
    """

    secret_key: str
    master_key: bytes
    lookup_key: bytes
    position_key: bytes
    backup_key: bytes | None


def load(folder: Path, environment: Mapping[str, str]) -> SecretKeys:
    """Return the keys: from the environment where it names them, else from `folder`/secrets.json.

    The file is made at the first start, when a key that the backend cannot run without is not in the environment.
    Raises SecretsError.
    """
    given = {key: environment[name] for key, name in ENVIRONMENT.items() if environment.get(name)}
    missing = ENVIRONMENT.keys() - given
    if missing - _OPTIONAL or (missing and (folder / FILE_NAME).exists()):
        given = {**_from_file(folder / FILE_NAME), **given}
    return SecretKeys(
        secret_key=given["secret_key"],
        master_key=_key_bytes(given, "master_key"),
        lookup_key=_key_bytes(given, "lookup_key"),
        position_key=_key_bytes(given, "position_key"),
        backup_key=_key_bytes(given, "backup_key") if "backup_key" in given else None,
    )


def _from_file(path: Path) -> dict[str, str]:
    if not path.exists():
        _create(path)
    if path.stat().st_mode & 0o077:
        raise SecretsError(f"{path} can be read by other users. Run: chmod 600 {path}")
    stored = _read(path)
    if any(key not in stored for key in _ADDED_LATER):
        stored = _complete(path)
    return stored


def _read(path: Path) -> dict[str, str]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SecretsError(f"{path} cannot be read. Restore it from your backup of the keys.") from error
    needed = [key for key in ENVIRONMENT if key not in _ADDED_LATER]
    if not isinstance(stored, dict) or any(not isinstance(stored.get(key), str) for key in needed):
        raise SecretsError(f"{path} lacks a key. Restore it from your backup of the keys.")
    return stored


def _complete(path: Path) -> dict[str, str]:
    """Add the keys that a file from an older version lacks; processes that start together agree on them."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        stored = _read(path)  # the one before in the queue may have added them
        missing = [key for key in _ADDED_LATER if key not in stored]
        if missing:
            stored.update((key, _fresh_key()) for key in missing)
            name = _write_beside(path, stored)
            os.replace(name, path)
            os.fsync(folder)
        return stored
    finally:
        os.close(folder)


def _fresh_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")


def _write_beside(path: Path, keys: Mapping[str, str]) -> str:
    """Write `keys` to a new file in the folder of `path`, readable by its owner only, and return its name."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".secrets-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(keys, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    return name


def _create(path: Path) -> None:
    """Write fresh keys so that two processes that start together end up with the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = {key: _fresh_key() for key in ENVIRONMENT}
    fresh["secret_key"] = secrets.token_urlsafe(48)  # Django asks for 50 characters
    name = _write_beside(path, fresh)
    try:
        os.link(name, path)  # a hard link appears whole or not at all
    except FileExistsError:
        return  # another process was first: its keys are the ones to use
    finally:
        os.unlink(name)


def _key_bytes(given: Mapping[str, str], key: str) -> bytes:
    try:
        value = base64.b64decode(given[key], validate=True)
    except (binascii.Error, ValueError):
        value = b""
    if len(value) != KEY_BYTES:
        raise SecretsError(f"{ENVIRONMENT[key]} must be {KEY_BYTES} random bytes in base64.")
    return value
