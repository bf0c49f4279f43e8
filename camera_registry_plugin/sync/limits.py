"""How much of a registry's answers a sync accepts, and how long it waits: a hostile server ends here."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Caps of one sync. Sizes in bytes after decompression, times in seconds."""

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    total_seconds: float = 3600.0
    response_bytes: int = 64 * MEBIBYTE
    total_bytes: int = 8192 * MEBIBYTE
    pages: int = 5000
    redirects: int = 5
    attempts: int = 4
    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 30.0
    longest_retry_after_seconds: float = 300.0
