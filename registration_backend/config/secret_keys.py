"""Finds the backend's secret keys in the environment, or makes them once and keeps them in a private file."""

from __future__ import annotations

import base64
import binascii
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
}


class SecretsError(Exception):
    """The keys are missing, damaged or readable by others; the message says what to do."""


@dataclass(frozen=True)
class SecretKeys:
    """secret_key signs cookies; the other three are 32 random bytes each.

    master_key wraps the data keys of registrations, lookup_key makes keyed hashes, position_key places the
    generalised positions inside their cells.
    """

    secret_key: str
    master_key: bytes
    lookup_key: bytes
    position_key: bytes


def load(folder: Path, environment: Mapping[str, str]) -> SecretKeys:
    """Return the keys: from the environment where it names them, else from `folder`/secrets.json.

    The file is made at the first start, when at least one key is not in the environment. Raises SecretsError.
    """
    given = {key: environment[name] for key, name in ENVIRONMENT.items() if environment.get(name)}
    if len(given) < len(ENVIRONMENT):
        given = {**_from_file(folder / FILE_NAME), **given}
    return SecretKeys(
        secret_key=given["secret_key"],
        master_key=_key_bytes(given, "master_key"),
        lookup_key=_key_bytes(given, "lookup_key"),
        position_key=_key_bytes(given, "position_key"),
    )


def _from_file(path: Path) -> dict[str, str]:
    if not path.exists():
        _create(path)
    if path.stat().st_mode & 0o077:
        raise SecretsError(f"{path} can be read by other users. Run: chmod 600 {path}")
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SecretsError(f"{path} cannot be read. Restore it from your backup of the keys.") from error
    if not isinstance(stored, dict) or any(not isinstance(stored.get(key), str) for key in ENVIRONMENT):
        raise SecretsError(f"{path} lacks a key. Restore it from your backup of the keys.")
    return stored


def _create(path: Path) -> None:
    """Write fresh keys so that two processes that start together end up with the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = {key: base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii") for key in ENVIRONMENT}
    fresh["secret_key"] = secrets.token_urlsafe(48)  # Django asks for 50 characters
    # mkstemp makes the file readable by its owner only; a hard link appears whole or not at all.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".secrets-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(fresh, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(name, path)
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
