"""Makes the demo's staff accounts with passwords that exist nowhere but in one private file."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.contrib.auth.models import Group, User

from registrations.models import Agency
from staff.models import Membership
from staff.roles import ADMINISTRATOR, AUDITOR, VERIFIER

PASSWORD_BYTES = 12


def make_accounts(agency: Agency, path: Path) -> list[str]:
    """Make the accounts that the file at `path` lacks, all of `agency`; return their lines "name password role".

    The file can be read by its owner only.
    """
    known = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    has_account = {line.split()[-1] for line in known if line.strip()}
    lines = []
    for role in (VERIFIER, AUDITOR, ADMINISTRATOR):
        user, _ = User.objects.get_or_create(username=f"demo-{role}")
        Membership.objects.get_or_create(user=user, agency=agency)
        if role in has_account:
            continue
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        user.is_staff = True
        user.set_password(password)
        user.save()
        user.groups.set([Group.objects.get(name=role)])
        lines.append(f"{user.username} {password} {role}")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
    return lines
