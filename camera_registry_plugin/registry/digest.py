"""The digest of a set of cameras: equal on both sides exactly when both hold the same ids at the same versions.

It is the sum modulo 2^128 of the first 16 bytes of SHA-256(camera_id:row_version), so that adding or removing one
camera costs one hash however large the set is.
"""

from __future__ import annotations

import hashlib

MODULUS = 1 << 128


def entry(camera_id: str, row_version: int) -> int:
    """Return what one camera adds to the digest (0 <= n < 2^128)."""
    text = f"{camera_id}:{row_version}".encode("ascii")
    return int.from_bytes(hashlib.sha256(text).digest()[:16], "big")


def add(total: int, camera_id: str, row_version: int) -> int:
    """Return the digest with one camera added."""
    return (total + entry(camera_id, row_version)) % MODULUS


def subtract(total: int, camera_id: str, row_version: int) -> int:
    """Return the digest with one camera taken out."""
    return (total - entry(camera_id, row_version)) % MODULUS


def to_hex(total: int) -> str:
    """Return the digest as on the wire: 32 lower-case hexadecimal digits."""
    return f"{total:032x}"
