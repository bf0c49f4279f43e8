"""Cuts what is too long for one query or one transaction into parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

# A query with more values than this may be too long for the database.
IN_ONE_QUERY = 500

Item = TypeVar("Item")


def parts(items: Iterable[Item], size: int = IN_ONE_QUERY) -> Iterator[list[Item]]:
    """Yield the items in lists of `size`, the last one shorter."""
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part
