"""The staff's accounts: roles and agencies, given by an administrator, who can give neither to themself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest

from staff.models import Membership
from staff.roles import check_combination


class PersonForm(UserChangeForm):
    """Refuses roles that one person may not hold together, at their field."""

    def clean_groups(self) -> QuerySet[Group]:
        groups: QuerySet[Group] = self.cleaned_data["groups"]
        check_combination(group.name for group in groups)
        return groups


class MembershipInline(admin.StackedInline):
    model = Membership
    extra = 1
    verbose_name = "Agency"
    verbose_name_plural = "Agencies that this person works for"

    def _may(self, request: HttpRequest, person: User | None) -> bool:
        return person is None or request.user.is_superuser or person.pk != request.user.pk

    def has_add_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_add_permission(request, obj) and self._may(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may(request, obj)


class PersonAdmin(UserAdmin):
    """An administrator makes nobody a superuser, touches no superuser, and does not change their own roles."""

    form = PersonForm
    inlines = (MembershipInline,)
    list_display = ("username", "roles", "agencies", "is_active", "is_staff", "last_login")
    list_filter = ("groups", "memberships__agency", "is_active", "is_superuser")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Name", {"fields": ("first_name", "last_name", "email")}),
        ("Access", {"fields": ("is_active", "is_staff", "groups")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups", "memberships__agency")

    def get_inlines(self, request: HttpRequest, obj: User | None) -> tuple[type[admin.StackedInline], ...]:
        return self.inlines if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None or not request.user.is_superuser:
            return super().get_fieldsets(request, obj)
        return (*self.fieldsets, ("Server", {"fields": ("is_superuser", "user_permissions")}))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        own = obj is not None and obj.pk == request.user.pk and not request.user.is_superuser
        return (*self.readonly_fields, "is_active", "is_staff", "groups") if own else self.readonly_fields

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        untouchable = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not untouchable

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        field = super().formfield_for_manytomany(db_field, request, **options)
        if db_field.name == "groups" and field is not None:
            field.label = "Roles"
            field.widget = forms.CheckboxSelectMultiple(choices=field.choices)
            field.help_text = "An auditor reads the records of what others did: neither investigator nor verifier."
        return field

    @admin.display(description="roles")
    def roles(self, person: User) -> str:
        return ", ".join(sorted(group.name for group in person.groups.all()))

    @admin.display(description="agencies")
    def agencies(self, person: User) -> str:
        return ", ".join(sorted(membership.agency.code for membership in person.memberships.all()))


admin.site.unregister(User)
admin.site.register(User, PersonAdmin)
