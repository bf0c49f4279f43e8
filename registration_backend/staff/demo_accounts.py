"""Makes the demo's staff accounts with passwords that exist nowhere but in one private file."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.contrib.auth.models import Group, User

from staff.roles import ADMINISTRATOR, VERIFIER

PASSWORD_BYTES = 12


def make_accounts(path: Path) -> list[str]:
    """Return the lines "name password role" of the accounts; make them, and the file at `path`, when it is missing.

    The file can be read by its owner only.
    """
    if path.exists():
        return path.read_text(encoding="utf-8").splitlines()
    lines = []
    for role in (VERIFIER, ADMINISTRATOR):
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        user, _ = User.objects.get_or_create(username=f"demo-{role}")
        user.is_staff = True
        user.set_password(password)
        user.save()
        user.groups.set([Group.objects.get(name=role)])
        lines.append(f"{user.username} {password} {role}")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return lines
