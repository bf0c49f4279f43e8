"""The sum by which a reader checks that it holds exactly what it may see."""

from __future__ import annotations

import hashlib

_MODULUS = 2**128
EMPTY = "0" * 32


def entry(camera_id: str, row_version: int) -> int:
    """Return the number of one row: the first 16 bytes of SHA-256("camera_id:row_version"), big-endian."""
    return int.from_bytes(hashlib.sha256(f"{camera_id}:{row_version}".encode("ascii")).digest()[:16], "big")


def moved(digest: str, by: int) -> str:
    """Return `digest` (32 hexadecimal digits) with `by` added modulo 2^128."""
    return f"{(int(digest, 16) + by) % _MODULUS:032x}"
