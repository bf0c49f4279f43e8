"""The records of what staff saw and did: to be read, by agency, and changed by nobody."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from staff.models import FinalRecord, StaffAct, StaffContactView
from staff.roles import agencies_of


class RecordAdmin(admin.ModelAdmin):
    """Read-only: a record that can be changed records nothing."""

    list_select_related = ("user", "agency")
    search_fields = ("registration_id",)
    search_help_text = "Part of a registration's id."

    def get_queryset(self, request: HttpRequest) -> QuerySet[FinalRecord]:
        """Return the records of the reader's agencies; to a superuser also those of no agency that is known."""
        records = super().get_queryset(request)
        mine = records.filter(agency__in=agencies_of(request.user))
        return mine | records.filter(agency=None) if request.user.is_superuser else mine

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(StaffContactView)
class StaffContactViewAdmin(RecordAdmin):
    list_display = ("viewed_at", "user", "agency", "registration_id", "reason")
    list_filter = (
        "reason",
        ("user", admin.RelatedOnlyFieldListFilter),
        ("agency", admin.RelatedOnlyFieldListFilter),
        "viewed_at",
    )


@admin.register(StaffAct)
class StaffActAdmin(RecordAdmin):
    list_display = ("done_at", "user", "agency", "registration_id", "act", "identity_check", "form_date")
    list_filter = (
        "act",
        "identity_check",
        ("user", admin.RelatedOnlyFieldListFilter),
        ("agency", admin.RelatedOnlyFieldListFilter),
        "done_at",
    )
