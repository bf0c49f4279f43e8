"""The staff pages: the list of registrations without any contact, the pin form, publishing and withdrawing."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse

from registrations import services
from registrations.enumerations import PositionSource
from registrations.map_view import allow_tiles, map_view
from registrations.models import Agency, Registration
from registrations.services import NotAllowed, SiteDetails
from staff import jurisdiction_admin as jurisdiction_admin  # registers its pages
from staff import ownership_admin as ownership_admin  # registers its pages
from staff import report_views as report_views  # registers the council's report
from staff.address_view import show_address
from staff.forms import AgencyForm, PlacementForm
from staff.models import Reason, StaffContactView
from staff.page_admin import AgencyPageAdmin as AgencyPageAdmin  # registers itself
from staff.roles import is_verifier

admin.site.site_header = "Camera Registry"
admin.site.site_title = "Camera Registry"
admin.site.index_title = "Staff pages"
# Deleting goes through "Withdraw", which also destroys the key of the contact.
admin.site.disable_action("delete_selected")


class PlacedFilter(admin.SimpleListFilter):
    title = "pin"
    parameter_name = "placed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "waits for a pin"), ("yes", "has a pin")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Registration]) -> QuerySet[Registration]:
        return queryset if self.value() is None else queryset.filter(site__isnull=self.value() == "no")


@admin.register(Registration)
class RegistrationAdmin(admin.ModelAdmin):
    """Shows no contact anywhere; a verifier asks for the address with a reason."""

    form = PlacementForm
    list_display = ("short_id", "agency", "premises", "state", "camera_count", "placed", "created_at")
    list_filter = ("state", PlacedFilter, "agency", "origin")
    list_select_related = ("agency",)
    ordering = ("-created_at",)
    search_fields = ("id",)
    search_help_text = "Part of a registration's id."
    readonly_fields = ("agency", "state", "origin", "site_source", "consented_at", "confirmed_on", "created_at", "seen")
    fields = ("premises", "latitude", "longitude", *readonly_fields)
    actions = ("publish", "suspend", "withdraw")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Registration]:
        return super().get_queryset(request).annotate(cameras_n=Count("cameras"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="id", ordering="id")
    def short_id(self, registration: Registration) -> str:
        return str(registration.pk)[:8]

    @admin.display(description="cameras", ordering="cameras_n")
    def camera_count(self, registration: Registration) -> int:
        return int(registration.cameras_n)  # type: ignore[attr-defined]

    @admin.display(boolean=True, description="pin")
    def placed(self, registration: Registration) -> bool:
        return registration.site is not None

    @admin.display(description="cameras")
    def seen(self, registration: Registration) -> str:
        return "; ".join(
            f"{camera.number}: {camera.get_camera_type_display() or 'kind unknown'}, "
            f"{'direction unknown' if camera.direction_deg is None else f'{camera.direction_deg:g}°'}"
            for camera in registration.cameras.all()
        )

    def get_urls(self) -> list[URLPattern]:
        address = path(
            "<uuid:registration_id>/address/",
            self.admin_site.admin_view(show_address),
            name="registration_address",
        )
        return [address, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        registration = context["original"]
        context |= {
            "map": map_view(registration.agency),
            "may_see_address": is_verifier(request.user),
            "reasons": Reason.choices,
            "address_url": reverse("admin:registration_address", args=[registration.pk]),
        }
        return allow_tiles(super().render_change_form(request, context, *args, **kwargs), registration.agency)

    def save_model(self, request: HttpRequest, obj: Registration, form: PlacementForm, change: bool) -> None:
        """Write through the services, so that what is published follows in the same transaction."""
        stored = Registration.objects.get(pk=obj.pk)
        position, before = form.position(), stored.site and (stored.site.x, stored.site.y)
        source = stored.site_source if position == before else PositionSource.STAFF_VERIFIED
        services.change(stored, site=SiteDetails(obj.premises, position, source))
        if form.warning():
            self.message_user(request, f"Please check the pin. {form.warning()}", messages.WARNING)

    def response_change(self, request: HttpRequest, obj: Registration) -> HttpResponse:
        if "_publish" in request.POST:
            self._apply(request, [obj], services.publish, "Published")
        return super().response_change(request, obj)

    def delete_model(self, request: HttpRequest, obj: Registration) -> None:
        services.withdraw(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Registration]) -> None:
        for registration in queryset:
            services.withdraw(registration)

    @admin.action(description="Publish", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Registration]) -> None:
        self._apply(request, queryset, services.publish, "Published")

    @admin.action(description="Suspend (take off the map, keep the registration)", permissions=["change"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Registration]) -> None:
        self._apply(request, queryset, services.suspend, "Suspended")

    @admin.action(description="Withdraw (delete for good)…", permissions=["delete"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse | None:
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": "Withdraw registrations?",
                "registrations": queryset,
                "opts": self.model._meta,
                "action_name": admin.helpers.ACTION_CHECKBOX_NAME,
            }
            return render(request, "staff/confirm_withdrawal.html", context)
        self.log_deletions(request, queryset)
        self._apply(request, queryset, services.withdraw, "Withdrawn", log=False)
        return None

    def _apply(self, request: HttpRequest, chosen: Any, write: Any, done: str, *, log: bool = True) -> None:
        """Do one thing to each chosen registration and say for how many it worked and why not for the others."""
        count = 0
        for registration in list(chosen):
            try:
                write(registration)
            except NotAllowed as error:
                self.message_user(request, f"{registration.pk}: {error}", messages.ERROR)
                continue
            count += 1
            if log:
                self.log_change(request, registration, f"{done}.")
        if count:
            self.message_user(request, f"{done}: {count}.", messages.SUCCESS)


@admin.register(Agency)
class AgencyAdmin(admin.ModelAdmin):
    form = AgencyForm
    list_display = ("code", "name", "analyst_position", "lease_hours", "tile_url")


@admin.register(StaffContactView)
class StaffContactViewAdmin(admin.ModelAdmin):
    """Read-only: a record that can be changed records nothing."""

    list_display = ("viewed_at", "user", "registration_id", "reason")
    list_filter = ("reason", "user")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
