"""Writes e-mails to files where no mail server is set, and keeps them for a day only: they name their addressee."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.core.mail.backends import filebased

KEPT_S = 24 * 3600


class EmailBackend(filebased.EmailBackend):
    """Django's own file backend, in a directory for this user alone, which forgets what is older than a day."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        directory = Path(self.file_path)
        directory.chmod(0o700)
        for message in directory.glob("*.log"):
            if message.stat().st_mtime < time.time() - KEPT_S:
                message.unlink(missing_ok=True)
