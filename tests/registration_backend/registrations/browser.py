"""What tests in a browser need beside the browser."""

from __future__ import annotations

import re

from scripts.backend_process import EmbeddedBackend


def newest_link(backend: EmbeddedBackend) -> str:
    """Return the link in the newest message, which without a mail server is a file."""
    newest = max((backend.var / "mail").glob("*.log"), key=lambda path: path.stat().st_mtime_ns)
    return re.search(r"http://\S+/link/\S+", newest.read_text(encoding="utf-8"))[0]
