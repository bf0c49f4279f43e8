"""When a failed request is tried again and how long to wait before: exponential back-off with full jitter."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from camera_registry_plugin.registry.errors import Cancelled, SourceUnreachable

from .limits import Limits

WORTH_RETRYING = frozenset({429, 500, 502, 503, 504})
SLICE_SECONDS = 0.2


def never() -> bool:
    """Nobody cancels."""
    return False


def utc_now() -> datetime:
    """The time of this machine's clock, aware."""
    return datetime.now(timezone.utc)


@dataclass
class Pacing:
    """The time of one sync: a monotonic clock, a sleep, a source of chance and a way to cancel, all replaceable."""

    limits: Limits = field(default_factory=Limits)
    is_cancelled: Callable[[], bool] = never
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = secrets.SystemRandom().random
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.monotonic()

    def check(self) -> None:
        """Raise Cancelled, or SourceUnreachable once the sync has taken too long."""
        if self.is_cancelled():
            raise Cancelled
        if self.monotonic() - self.started > self.limits.total_seconds:
            raise SourceUnreachable(
                f"The sync took longer than {self.limits.total_seconds / 60:.0f} minutes and was stopped. "
                "The last snapshot stays. Check the connection, then sync again."
            )

    def pause(self, attempt: int, retry_after: float | None) -> None:
        """Wait before the next attempt; `attempt` counts from 0, `retry_after` is what the server asked for, in s.

        Waits in slices so that cancelling takes effect at once. Raises SourceUnreachable where the server asks for
        more patience than a person at a screen has.
        """
        if retry_after is not None and retry_after > self.limits.longest_retry_after_seconds:
            raise SourceUnreachable(
                f"The registry is busy and asks to come back in {retry_after / 60:.0f} minutes. "
                "The last snapshot stays; sync again then."
            )
        window = min(self.limits.longest_pause_seconds, self.limits.first_pause_seconds * 2**attempt)
        left = max(window * (0.5 + self.chance() / 2), retry_after or 0.0)
        while left > 0:
            self.check()
            step = min(SLICE_SECONDS, left)
            self.sleep(step)
            left -= step
        self.check()


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """Read a Retry-After header, in either of its two forms, as seconds from `now`; None where there is none."""
    if not header:
        return None
    text = header.strip()
    if text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - now).total_seconds())
