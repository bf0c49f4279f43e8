"""Says which of the two databases a model lives in: the keys of contacts are kept apart from everything else."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

KEYS = "keys"
_KEY_MODELS = {("registrations", "registrationkey")}


class KeyRouter:
    """Sends the data keys of registrations to the database "keys" and everything else to "default"."""

    @staticmethod
    def _is_key(app_label: str, model_name: str | None) -> bool:
        return (app_label, (model_name or "").lower()) in _KEY_MODELS

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        return KEYS if self._is_key(model._meta.app_label, model._meta.model_name) else "default"

    db_for_write = db_for_read

    def allow_relation(self, first: Model, second: Model, **hints: Any) -> bool:
        # Not type(first): the user of a request is a lazy stand-in for one.
        return self.db_for_read(first.__class__) == self.db_for_read(second.__class__)

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool:
        return self._is_key(app_label, model_name) == (db == KEYS)
