"""The roles of the agency's staff, kept as groups, and what each may do on the staff pages."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, Permission, User

VERIFIER = "verifier"
ADMINISTRATOR = "administrator"
AUDITOR = "auditor"

_ALLOWED = {
    VERIFIER: {
        ("registrations", "view_registration"),
        ("registrations", "change_registration"),
        ("registrations", "delete_registration"),
        ("registrations", "view_ownershipreport"),
        ("staff", "view_monthlyfigures"),
    },
    ADMINISTRATOR: {
        ("registrations", "view_registration"),
        ("registrations", "view_agency"),
        ("registrations", "add_agency"),
        ("registrations", "change_agency"),
        ("registrations", "view_jurisdiction"),
        ("registrations", "add_jurisdiction"),
        ("registrations", "delete_jurisdiction"),
        ("registrations", "view_agencypage"),
        ("registrations", "add_agencypage"),
        ("registrations", "change_agencypage"),
        ("staff", "view_staffcontactview"),
        ("staff", "view_monthlyfigures"),
        ("auth", "view_user"),
        ("auth", "add_user"),
        ("auth", "change_user"),
        ("auth", "view_group"),
    },
    AUDITOR: {
        ("staff", "view_monthlyfigures"),
    },
}


def is_verifier(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Say whether this person checks registrations; being a superuser or an administrator is not enough."""
    return isinstance(user, User) and user.is_active and user.groups.filter(name=VERIFIER).exists()


def ensure_groups(**_: Any) -> None:
    """Create the groups with exactly their permissions."""
    for label in ("auth", "registrations", "staff"):
        create_permissions(apps.get_app_config(label), verbosity=0)
    for name, allowed in _ALLOWED.items():
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.set(
            permission
            for permission in Permission.objects.select_related("content_type")
            if (permission.content_type.app_label, permission.codename) in allowed
        )
