"""`manage.py restore --data FILE --keys FILE-or-current`: a backup in the place of the embedded databases."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registrations.backups.places import BackupError
from registrations.backups.restoring import Interrupted, restore

CURRENT = "current"


class Command(BaseCommand):
    help = (
        "Restores the database from a backup; stop the backend first. Everything is verified before anything is "
        "touched, and every withdrawal in the journal is done again before anything is served. A restore that was "
        "interrupted is ended by the next start of the backend. On PostgreSQL use pg_restore, then replay_withdrawals."
    )
    requires_system_checks: list[str] = []  # they may read the database that is to be replaced
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", type=Path, required=True, metavar="FILE", help="the backup of the database")
        parser.add_argument(
            "--keys",
            default=CURRENT,
            metavar="FILE",
            help="a backup of the keys, for those that are lost today; without it (or: current) today's keys alone",
        )
        parser.add_argument(
            "--without-journal",
            action="store_true",
            help="restore although the journal of withdrawals is lost: who withdrew since the backup may be back then",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        keys = None if options["keys"] == CURRENT else Path(options["keys"])
        try:
            report = restore(options["data"], keys, without_journal=options["without_journal"])
        except BackupError as error:
            raise CommandError(f"Nothing was changed. {error}") from error
        except Interrupted as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"Nothing was changed: {error.strerror} ({error.filename}).") from error
        self.stdout.write(
            f"{report}\nAccounts and service tokens are as they were at the backup: end again what was ended since."
        )
