"""Holds an uploaded list between preview and confirmation, so that nobody but the one who uploaded it can read it.

The list lies encrypted (AES-256-GCM) in a file of the backend's folder; the key lies in a hidden field of the page that
the uploader has open, and nowhere else: not on this machine, not in the session, not in a database, not in an address.
A copy of the disk, a backup included, holds nothing readable. The file is bound to the uploader's account, ends after
an hour, and is deleted when the import begins. A person has at most three; a fourth ends the oldest.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

LIFETIME_SECONDS = 3600
MOST_A_PERSON = 3
_NONCE_BYTES = 12
_NAME = re.compile(r"[0-9a-f]{32}")


class HoldGone(Exception):
    """There is no such list any more, or the key does not open it; the message says what to do."""

    def __init__(self) -> None:
        super().__init__(
            "This list is no longer held: it was imported or cancelled, or an hour went by. Please choose it again."
        )


@dataclass(frozen=True)
class Ticket:
    """What the page needs to come back to a held list: its name, and the key in URL-safe base64."""

    name: str
    key: str = field(repr=False)


def hold(user_id: int, content: dict[str, Any]) -> Ticket:
    """Encrypt `content` (plain JSON values) under a new key and keep it for an hour."""
    sweep()
    for oldest in _of_person(user_id)[: -MOST_A_PERSON + 1 or None]:
        oldest.unlink(missing_ok=True)
    name, key, nonce = secrets.token_hex(16), AESGCM.generate_key(256), secrets.token_bytes(_NONCE_BYTES)
    path = _path(user_id, name)
    plain = json.dumps(content).encode()
    sealed = nonce + AESGCM(key).encrypt(nonce, plain, path.name.encode())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(sealed)
    return Ticket(name, base64.urlsafe_b64encode(key).decode())


def read(user_id: int, ticket: Ticket) -> dict[str, Any]:
    """Return what is held. Raises HoldGone."""
    sweep()
    path = _path(user_id, ticket.name)
    try:
        sealed = path.read_bytes()
        key = base64.urlsafe_b64decode(ticket.key.encode("ascii"))
        plain = AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], path.name.encode())
    except (OSError, ValueError, InvalidTag) as error:  # a text that is no ASCII or base64 is a ValueError
        raise HoldGone from error
    content: dict[str, Any] = json.loads(plain)
    return content


def take(user_id: int, ticket: Ticket) -> dict[str, Any]:
    """Return what is held and delete it, so that of two clicks only one imports. Raises HoldGone."""
    content = read(user_id, ticket)
    try:
        _path(user_id, ticket.name).unlink()
    except FileNotFoundError as error:
        raise HoldGone from error
    return content


def drop(user_id: int, ticket: Ticket) -> None:
    """Delete what is held; what is gone already is no error, but a key that does not fit deletes nothing."""
    try:
        take(user_id, ticket)
    except HoldGone:
        return


def sweep() -> None:
    """Delete what has been held for longer than an hour."""
    for path in _folder().glob("*.sealed"):
        try:
            is_old = time.time() - path.stat().st_mtime > LIFETIME_SECONDS
        except FileNotFoundError:  # somebody else's request was faster
            continue
        if is_old:
            path.unlink(missing_ok=True)


def _of_person(user_id: int) -> list[Path]:
    held = []
    for path in _folder().glob(f"{user_id}-*.sealed"):
        try:
            held.append((path.stat().st_mtime_ns, path))
        except FileNotFoundError:
            continue
    return [path for _, path in sorted(held)]


def _path(user_id: int, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise HoldGone
    return _folder() / f"{user_id}-{name}.sealed"


def _folder() -> Path:
    folder: Path = settings.VAR_DIR / "imports"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
