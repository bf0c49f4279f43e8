"""`manage.py backup --data DIR --keys OTHERDIR`: encrypted copies of the embedded databases."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from registrations.backups.places import BackupError
from registrations.backups.saving import save


class Command(BaseCommand):
    help = (
        "Writes encrypted copies of the database into one folder and of its keys into another, while the backend runs, "
        "and deletes old key backups: run daily, it keeps none longer than CAMERA_REGISTRY_BACKUP_KEYS_KEPT_DAYS (7). "
        "Keep CAMERA_REGISTRY_BACKUP_KEY and the other secrets apart from both folders. On PostgreSQL use pg_dump."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder for the database's copy")
        parser.add_argument("--keys", type=Path, required=True, metavar="OTHERDIR", help="folder for the keys' copy")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            saved = save(options["data"], options["keys"])
        except (BackupError, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"The backup was not made: {error.strerror} ({error.filename}).") from error
        self.stdout.write(f"{saved.data}\n{saved.keys}\n{saved.dropped} old key backups deleted")
