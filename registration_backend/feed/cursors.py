"""Makes and reads the opaque, signed marks by which a reader goes on where it stopped."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

from django.core import signing

from feed.replies import FeedError

_CHANGES = "camera registry changes"
_ITEMS = "camera registry items"
_VIEW_LENGTH = 16


class Cursor(NamedTuple):
    """Where a reader of the change feed stands.

    Everything up to `position` was delivered; tombstones count from `began` on, the newest change when the reader
    started with nothing.
    """

    position: int
    began: int

    @property
    def floor(self) -> int:
        """The oldest change whose tombstone this reader still needs."""
        return max(self.position, self.began)


def bound_to(view: str, generation: str) -> str:
    """Return what cursors are bound to: another view, or a restored database, makes them unusable."""
    return sha256(f"{view}|{generation}".encode("ascii")).hexdigest()


def write_cursor(view: str, cursor: Cursor) -> str:
    """Return the text of a cursor that only a reader with the same view can use."""
    return signing.dumps([view[:_VIEW_LENGTH], *cursor], salt=_CHANGES)


def read_cursor(view: str, text: str) -> Cursor:
    """Return the cursor of `text`; raise FeedError 400 when it is not one, 410 when the reader's view changed."""
    position, began = _read(view, text, _CHANGES, 2)
    return Cursor(position, began)


def write_mark(view: str, last_id: int) -> str:
    """Return the text of the place in the items after the row `last_id`."""
    return signing.dumps([view[:_VIEW_LENGTH], last_id], salt=_ITEMS)


def read_mark(view: str, text: str) -> int:
    """Return the row after which the items go on; raises as read_cursor() does."""
    return _read(view, text, _ITEMS, 1)[0]


def _read(view: str, text: str, salt: str, length: int) -> list[int]:
    try:
        bound_to, *numbers = signing.loads(text, salt=salt)
    except (signing.BadSignature, ValueError, TypeError):
        raise FeedError(400, "bad_cursor", "This cursor was not made here. Start without one.") from None
    if len(numbers) != length:
        raise FeedError(400, "bad_cursor", "This cursor was not made here. Start without one.")
    if bound_to != view[:_VIEW_LENGTH]:
        raise start_over("What you may see has changed")
    return numbers


def start_over(reason: str) -> FeedError:
    """Return the 410 that tells a reader to begin again without a cursor."""
    return FeedError(410, "start_over", f"{reason}. Start over without a cursor.")
