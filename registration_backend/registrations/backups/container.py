"""The file format of a backup: encrypted chunks that cannot be changed, cut, reordered or taken for another kind.

Header: magic, kind, time (seconds since 1970), 32 random bytes from which the file's own key is derived. Then chunks:
a mark (1 on the last), the length, AES-256-GCM under the chunk's number; header, number and mark are authenticated with
each.
"""

from __future__ import annotations

import os
import secrets
import struct
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from registrations.backups.places import BackupError, sync_folder

DATA = b"D"
KEYS = b"K"
CHUNK_BYTES = 1 << 20
_MAGIC = b"CAMERA REGISTRY BACKUP 1\n"
_SALT_BYTES = 32
_TAG_BYTES = 16
_CHUNK = struct.Struct(">BI")
_TIME = struct.Struct(">Q")
_HEADER_BYTES = len(_MAGIC) + len(DATA) + _TIME.size + _SALT_BYTES


def write(path: Path, kind: bytes, source: BinaryIO, backup_key: bytes) -> None:
    """Encrypt `source` into the new file `path`, which appears whole or not at all. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".partial-")  # readable by its owner only
    try:
        with os.fdopen(handle, "wb") as target:
            _encrypt(kind, source, target, backup_key)
            target.flush()
            os.fsync(target.fileno())
        os.rename(name, path)
    except BaseException:
        os.unlink(name)
        raise
    sync_folder(path.parent)


def read(path: Path, kind: bytes, target: BinaryIO, backup_key: bytes) -> datetime:
    """Decrypt `path` into `target` and return when it was made.

    Raises BackupError when it is anything but one whole, unchanged backup.
    """
    try:
        with path.open("rb") as source:
            return _decrypt(path, kind, source, target, backup_key)
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror}.") from error


def age(made: datetime) -> timedelta:
    """Return how long ago a backup was made."""
    return datetime.now(timezone.utc) - made


def _encrypt(kind: bytes, source: BinaryIO, target: BinaryIO, backup_key: bytes) -> None:
    now = _TIME.pack(int(datetime.now(timezone.utc).timestamp()))
    header = _MAGIC + kind + now + secrets.token_bytes(_SALT_BYTES)
    cipher = _cipher(backup_key, header)
    target.write(header)
    number, chunk = 0, source.read(CHUNK_BYTES)
    while True:
        following = source.read(CHUNK_BYTES)
        mark = 0 if following else 1
        target.write(_CHUNK.pack(mark, len(chunk) + _TAG_BYTES))
        target.write(cipher.encrypt(*_nonce_text_and_bound(header, number, mark, chunk)))
        if mark:
            return
        number, chunk = number + 1, following


def _decrypt(path: Path, kind: bytes, source: BinaryIO, target: BinaryIO, backup_key: bytes) -> datetime:
    header = source.read(_HEADER_BYTES)
    if len(header) != _HEADER_BYTES or not header.startswith(_MAGIC):
        raise BackupError(f"{path} is no backup of this program, or it was cut off.")
    if header[len(_MAGIC) : len(_MAGIC) + 1] != kind:
        raise BackupError(f"{path} is the other kind of backup: --data and --keys may be swapped.")
    cipher = _cipher(backup_key, header)
    number, mark = 0, 0
    while not mark:
        start = source.read(_CHUNK.size)
        if len(start) != _CHUNK.size:
            raise BackupError(f"{path} was cut off.")
        mark, length = _CHUNK.unpack(start)
        if not _TAG_BYTES <= length <= CHUNK_BYTES + _TAG_BYTES:
            raise BackupError(f"{path} was damaged.")
        try:
            plain = cipher.decrypt(*_nonce_text_and_bound(header, number, mark, source.read(length)))
        except (InvalidTag, ValueError):
            raise BackupError(f"{path} was damaged, or CAMERA_REGISTRY_BACKUP_KEY is another one.") from None
        target.write(plain)
        number += 1
    if source.read(1):
        raise BackupError(f"{path} was damaged: something follows its end.")
    made = _TIME.unpack(header[-_SALT_BYTES - _TIME.size : -_SALT_BYTES])[0]
    return datetime.fromtimestamp(made, timezone.utc)


def _cipher(backup_key: bytes, header: bytes) -> AESGCM:
    """Return the cipher of one file: with a key of its own, the chunk's number is a nonce that never repeats."""
    return AESGCM(HKDF(SHA256(), 32, salt=header[-_SALT_BYTES:], info=header[:-_SALT_BYTES]).derive(backup_key))


def _nonce_text_and_bound(header: bytes, number: int, mark: int, text: bytes) -> tuple[bytes, bytes, bytes]:
    return number.to_bytes(12, "big"), text, header + number.to_bytes(8, "big") + bytes([mark])
