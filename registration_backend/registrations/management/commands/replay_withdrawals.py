"""`manage.py replay_withdrawals`: every journalled withdrawal again, after other tools restored the databases."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registrations.backups import journal
from registrations.backups.replaying import replay


class Command(BaseCommand):
    help = (
        "Withdraws again what the journal names, ends every link and visit, and sends every reader of the feed to the "
        "start. Run it after pg_restore and migrate, before the backend serves anything."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--new-journal",
            action="store_true",
            help="go on although the journal that this database knows is lost: who withdrew may be back then",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = replay(accept_new_journal=options["new_journal"])
        except journal.Replaced as error:
            raise CommandError(
                f"The journal, {error.filename}, is not the one that this database knows: put that back. With "
                "--new-journal who withdrew may be on the map again."
            ) from error
        except OSError as error:
            raise CommandError(f"The journal cannot be read: {error.strerror} ({error.filename}).") from error
        self.stdout.write(str(report))
