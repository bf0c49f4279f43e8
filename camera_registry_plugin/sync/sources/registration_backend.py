"""This project's own backend as a source: its policy, and its feed of changes behind an opaque cursor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from camera_registry_plugin.registry.errors import BadResponse
from camera_registry_plugin.registry.policy import Policy, read_policy
from camera_registry_plugin.sync.body import BROKEN
from camera_registry_plugin.sync.transport import Transport

from .base import Page

PAGE_FEATURES = 10_000
LONGEST_CURSOR = 2000
_DIGEST = re.compile(r"[0-9a-f]{32}").fullmatch


class RegistrationBackend:
    """Reads `/registry/policy` and `/ogc/collections/cameras/changes` over a transport."""

    def __init__(self, transport: Transport, page_features: int = PAGE_FEATURES) -> None:
        self._transport = transport
        self._page_features = page_features
        self.url = transport.base

    def policy(self) -> Policy:
        """Return what this reader may do; raises BadResponse where the answer is no policy."""
        return read_policy(self._transport.get("/registry/policy"))

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """Yield the pages since `cursor`; each next request carries the cursor of the page before.

        The page's `next` link is not needed for that and is not followed: behind a reverse proxy it may name a host
        that cannot be reached from here.
        """
        seen = {cursor}
        for _ in range(self._transport.page_limit):
            query = {"limit": str(self._page_features)}
            if cursor is not None:
                query["since"] = cursor
            page = read_page(self._transport.get("/ogc/collections/cameras/changes", query))
            if page.more and page.cursor in seen:
                raise BadResponse(
                    "The registry sends the same page again and again. Sync again; if it stays so, tell its "
                    "administrator.",
                    "cursor does not advance",
                )
            yield page
            if not page.more:
                return
            cursor = page.cursor
            seen.add(cursor)
        raise BadResponse(
            "The registry sends pages without an end. The sync was stopped; tell the registry's administrator.",
            f"more than {self._transport.page_limit} pages",
        )


def read_page(data: dict[str, Any]) -> Page:
    """Return one answer of the changes feed as a page; raises BadResponse for anything else."""
    features, withdrawn = data.get("features"), data.get("withdrawn")
    cursor, more = data.get("cursor"), data.get("more")
    if not (isinstance(features, list) and isinstance(withdrawn, list) and isinstance(more, bool)):
        raise BadResponse(BROKEN, "changes: features, withdrawn or more")
    if not (isinstance(cursor, str) and 0 < len(cursor) <= LONGEST_CURSOR):
        raise BadResponse(BROKEN, "changes: cursor")
    if not all(isinstance(camera_id, str) for camera_id in withdrawn):
        raise BadResponse(BROKEN, "changes: withdrawn")
    if more:
        return Page(features, withdrawn, cursor, more)
    count, digest = data.get("count"), data.get("digest")
    if type(count) is not int or count < 0 or not isinstance(digest, str) or not _DIGEST(digest):
        raise BadResponse(BROKEN, "changes: count or digest")
    return Page(features, withdrawn, cursor, more, count, digest)
