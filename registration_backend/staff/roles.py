"""The roles of the agencies' staff, kept as groups, what each may do on the staff pages, and for which agencies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Union

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from registrations.models import Agency, Registration

INVESTIGATOR = "investigator"
VERIFIER = "verifier"
AUDITOR = "auditor"
ADMINISTRATOR = "administrator"

_READS_RECORDS = {("staff", "view_staffcontactview"), ("staff", "view_staffact")}
# A permission of ours beside the four that Django makes for each model.
IMPORT = "registrations.import_registration"
_ALLOWED = {
    VERIFIER: {
        ("registrations", "import_registration"),
        ("registrations", "view_registration"),
        ("registrations", "change_registration"),
        ("registrations", "delete_registration"),
        ("registrations", "view_ownershipreport"),
        ("staff", "view_monthlyfigures"),
    },
    AUDITOR: {*_READS_RECORDS, ("staff", "view_monthlyfigures")},
    ADMINISTRATOR: {
        ("registrations", "import_registration"),
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
        ("staff", "view_monthlyfigures"),
        *_READS_RECORDS,
        ("staff", "view_membership"),
        ("staff", "add_membership"),
        ("staff", "change_membership"),
        ("staff", "delete_membership"),
        ("auth", "view_user"),
        ("auth", "add_user"),
        ("auth", "change_user"),
        ("auth", "view_group"),
    },
}
# Whoever judges what others did must not be one of them.
_NOT_BESIDE_AUDITOR = {INVESTIGATOR, VERIFIER}

Person = Union[AbstractBaseUser, AnonymousUser]


def is_verifier(user: Person) -> bool:
    """Say whether this person checks registrations; being a superuser or an administrator is not enough."""
    return isinstance(user, User) and user.is_active and VERIFIER in _roles(user)


def agencies_of(user: Person) -> QuerySet[Agency]:
    """Return the agencies that this person works for, superusers included: nobody sees all by being nobody's."""
    return Agency.objects.filter(memberships__user_id=user.pk)


def sees_round(user: Person) -> bool:
    """Say whether this person sees the yearly round in numbers: verifiers, and who sets its times."""
    return is_verifier(user) or (isinstance(user, User) and user.is_active and ADMINISTRATOR in _roles(user))


def verifies(user: Person, registration: Registration) -> bool:
    """Say whether this person is a verifier of the registration's agency."""
    return is_verifier(user) and agencies_of(user).filter(pk=registration.agency_id).exists()


def check_combination(roles: Iterable[str]) -> None:
    """Raise ValidationError for roles that one person may not hold together."""
    held = set(roles)
    clash = held & _NOT_BESIDE_AUDITOR
    if AUDITOR in held and clash:
        others = " and ".join(sorted(clash))
        raise ValidationError(
            f"An auditor reads what others did, so nobody is auditor and {others} at once. Take one of the roles away."
        )


def refuse_bad_combination(sender: Any, instance: Any, action: str, reverse: bool, pk_set: Any, **_: Any) -> None:
    """Receive every change of somebody's groups, also from a script. Raises ValidationError before it is stored."""
    if action != "pre_add":
        return
    if reverse:
        for user in User.objects.filter(pk__in=pk_set):
            check_combination({instance.name, *user.groups.values_list("name", flat=True)})
    else:
        added = Group.objects.filter(pk__in=pk_set).values_list("name", flat=True)
        check_combination({*added, *instance.groups.values_list("name", flat=True)})


def may_import(user: Person) -> bool:
    """Say whether this person may import lists for the agencies that they work for."""
    return isinstance(user, User) and user.is_active and user.has_perm(IMPORT)


def ensure_groups(**_: Any) -> None:
    """Create the groups of the staff pages with exactly their permissions."""
    for label in ("auth", "registrations", "staff"):
        create_permissions(apps.get_app_config(label), verbosity=0)
    Permission.objects.get_or_create(
        content_type=ContentType.objects.get_for_model(Registration),
        codename=IMPORT.split(".")[1],
        defaults={"name": "Can import lists of registrations"},
    )
    for name, allowed in _ALLOWED.items():
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.set(
            permission
            for permission in Permission.objects.select_related("content_type")
            if (permission.content_type.app_label, permission.codename) in allowed
        )


def _roles(user: User) -> frozenset[str]:
    """Ask once a request: the admin asks for permissions a dozen times a page, and each request has a fresh user."""
    known: frozenset[str] | None = getattr(user, "_role_names", None)
    if known is None:
        known = frozenset(user.groups.values_list("name", flat=True))
        user._role_names = known  # type: ignore[attr-defined]
    return known
