"""For commands that write to people or bring them in: who withdrew since a backup is withdrawn again beforehand."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError

from registrations.backups.replaying import catch_up


def catch_up_first() -> None:
    """Bring a restored database up to the journal of withdrawals. Raises CommandError where that is lost."""
    try:
        catch_up()
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"The journal cannot be read: {error.strerror} ({error.filename}).") from error
