"""The keyed hashes by which the rows of a list are known again."""

from __future__ import annotations

import json
from dataclasses import asdict

from registrations.contacts import keyed_hash
from registrations.imports.rows import ImportRow
from registrations.models import Agency


def source_hash(agency: Agency, list_name: str, source_id: str) -> str:
    """Return the keyed hash under which a row of a list is remembered."""
    return keyed_hash("import row", agency.code, list_name, source_id)


def list_hash(agency: Agency, list_name: str) -> str:
    """Return the keyed hash that the rows of one list share."""
    return keyed_hash("import list", agency.code, list_name)


def content_hash(row: ImportRow) -> str:
    """Return the keyed hash of all that a row says, whatever its line."""
    content = {**asdict(row), "line": None}
    return keyed_hash("import content", json.dumps(content, default=str, sort_keys=True))
