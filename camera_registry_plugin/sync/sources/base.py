"""What a source of cameras offers to a pull."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from camera_registry_plugin.registry.policy import Policy


@dataclass(frozen=True)
class Page:
    """One page of changes, as the source sent it: nothing in it has been checked against the allow-list yet.

    `count` and `digest` (32 hexadecimal digits) come with the last page and say what the reader may see in all.
    """

    features: list[Any] = field(repr=False)
    withdrawn: list[str] = field(repr=False)
    cursor: str
    more: bool
    count: int = 0
    digest: str = ""


class Source(Protocol):
    """A registry as one reader sees it. `url` names it in the snapshot and never holds a secret."""

    url: str

    def policy(self) -> Policy:
        """Return what this reader may do; raises NotSignedIn, AccessEnded and the transport's errors."""
        ...

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """Yield the pages since `cursor`, or of everything where it is None.

        Raises StartOver where the cursor no longer fits what the reader may see, BadResponse where paging does not
        advance or a page is none.
        """
        ...
