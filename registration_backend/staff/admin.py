"""The admin's list of registrations without any contact, their page with pin and buttons, and the agencies."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from registrations.enumerations import PositionSource
from registrations.map_view import allow_tiles, map_view
from registrations.models import Agency, Registration
from registrations.services import NotAllowed, SiteDetails
from staff import (  # noqa: F401 - importing registers their pages
    act_views,
    acts,
    jurisdiction_admin,
    ownership_admin,
    page_admin,
    people_admin,
    queue,
    record_admin,
    report_views,
)
from staff.act_forms import WithdrawalForm
from staff.contact_view import open_contact
from staff.forms import AgencyForm, PlacementForm
from staff.models import IdentityCheck
from staff.registration_page import registration_context
from staff.roles import agencies_of, is_verifier

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


class ProtectedFilter(admin.SimpleListFilter):
    title = "protection"
    parameter_name = "protected"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "protected address")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Registration]) -> QuerySet[Registration]:
        return queryset.filter(is_protected=True) if self.value() == "yes" else queryset


@admin.register(Registration)
class RegistrationAdmin(admin.ModelAdmin):
    """Shows the registrations of the reader's agencies and no contact; only verifiers change anything."""

    form = PlacementForm
    list_display = ("short_id", "agency", "premises", "state", "camera_count", "placed", "protected", "registered")
    list_filter = ("state", PlacedFilter, ProtectedFilter, ("agency", admin.RelatedOnlyFieldListFilter), "origin")
    list_select_related = ("agency",)
    ordering = ("-created_at",)
    search_fields = ("id",)
    search_help_text = "Part of a registration's id."
    readonly_fields = (
        "agency_name",
        "state",
        "origin",
        "site_source",
        "consented_at",
        "confirmed_on",
        "paper_form_on",
        "created_at",
        "seen",
    )
    actions = ("publish", "suspend", "withdraw")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Registration]:
        mine = super().get_queryset(request).filter(agency__in=agencies_of(request.user))
        return mine.annotate(cameras_n=Count("cameras"))

    def get_fieldsets(self, request: HttpRequest, obj: Registration | None = None) -> Any:
        pin = ("latitude", "longitude") if is_verifier(request.user) else ()
        place = {"fields": ("premises", *pin, "is_protected")}
        return ((None, place), ("What is known", {"fields": self.readonly_fields}))

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        several = agencies_of(request.user).count() > 1
        return tuple(name for name in self.list_display if several or name != "agency")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Registration | None = None) -> bool:
        return is_verifier(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Registration | None = None) -> bool:
        return is_verifier(request.user)

    @admin.display(description="id", ordering="id")
    def short_id(self, registration: Registration) -> str:
        return str(registration.pk)[:8]

    @admin.display(description="agency")
    def agency_name(self, registration: Registration) -> str:
        return registration.agency.name  # not the field itself: the admin would link to a page closed to verifiers

    @admin.display(description="cameras", ordering="cameras_n")
    def camera_count(self, registration: Registration) -> int:
        return int(registration.cameras_n)  # type: ignore[attr-defined]

    @admin.display(boolean=True, description="pin")
    def placed(self, registration: Registration) -> bool:
        return registration.site is not None

    @admin.display(description="protected", ordering="is_protected")
    def protected(self, registration: Registration) -> str:
        return "protected" if registration.is_protected else ""

    @admin.display(description="registered", ordering="created_at")
    def registered(self, registration: Registration) -> str:
        return f"{registration.created_at:%Y-%m-%d}"

    @admin.display(description="cameras")
    def seen(self, registration: Registration) -> str:
        return "; ".join(
            f"{camera.number}: {camera.get_camera_type_display() or 'kind unknown'}, "
            f"{'direction unknown' if camera.direction_deg is None else f'{camera.direction_deg:g}°'}"
            for camera in registration.cameras.all()
        )

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "contact": open_contact,
            "change_contact": act_views.change_contact,
            "whole_form": act_views.open_whole_form,
            "confirm": act_views.confirm,
            "paper_form": act_views.record_paper_form,
        }
        ours = [
            path(
                f"<uuid:registration_id>/{name.replace('_', '-')}/",
                self.admin_site.admin_view(page),
                name=f"registrations_registration_{name}",
            )
            for name, page in pages.items()
        ]
        return [*ours, *super().get_urls()]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except NotAllowed as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect(request.path)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponseBase:
        try:
            return act_views.withdraw(request, UUID(object_id))
        except ValueError as error:
            raise Http404 from error

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, *_: Any) -> HttpResponse:
        # The admin would send people to its first page, which looks as if the registration had been there.
        raise Http404

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        registration = context["original"]
        context |= {"map": map_view(registration.agency), "show_delete": False}
        context |= registration_context(request.user, registration)
        return allow_tiles(super().render_change_form(request, context, *args, **kwargs), registration.agency)

    def save_model(self, request: HttpRequest, obj: Registration, form: PlacementForm, change: bool) -> None:
        """Write through the services, so that what is published follows in the same transaction."""
        stored = Registration.objects.filter(pk=obj.pk).first()
        if stored is None:
            raise NotAllowed("This registration was withdrawn in the meantime.")
        position, before = form.position(), stored.site and (stored.site.x, stored.site.y)
        source = stored.site_source if position == before else PositionSource.STAFF_VERIFIED
        acts.correct_site(request.user, stored, SiteDetails(obj.premises, position, source))
        if obj.is_protected != stored.is_protected:
            acts.protect(request.user, stored, obj.is_protected)
        if form.warning():
            self.message_user(request, f"Please check the pin. {form.warning()}", messages.WARNING)

    def response_change(self, request: HttpRequest, obj: Registration) -> HttpResponseBase:
        """After publishing out of the queue, go on to what has waited next longest."""
        if "_publish" not in request.POST:
            return super().response_change(request, obj)
        waiting = queue.waiting(agencies_of(request.user))
        is_queued, next_one = obj.state in queue.WAITING, queue.neighbours(waiting, obj)[1]
        self._apply(request, [obj], lambda one: acts.publish(request.user, one), "Published")
        if not is_queued or waiting.filter(pk=obj.pk).exists():
            return redirect(request.path)
        if next_one is None:
            return redirect("staff:queue")
        return redirect("admin:registrations_registration_change", next_one.pk)

    @admin.action(description="Publish", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Registration]) -> None:
        self._apply(request, queryset, lambda one: acts.publish(request.user, one), "Published")

    @admin.action(description="Suspend (take off the map, keep the registration)", permissions=["change"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Registration]) -> None:
        self._apply(request, queryset, lambda one: acts.suspend(request.user, one), "Suspended")

    @admin.action(description="Withdraw (delete for good)…", permissions=["delete"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Registration]) -> HttpResponse | None:
        form = WithdrawalForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            check = IdentityCheck(form.cleaned_data["identity_check"])
            self._apply(request, queryset, lambda one: acts.withdraw(request.user, one, check), "Withdrawn")
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Withdraw registrations?",
            "registrations": queryset,
            "form": form,
            "opts": self.model._meta,
            "action_name": admin.helpers.ACTION_CHECKBOX_NAME,
        }
        return render(request, "staff/confirm_withdrawal.html", context)

    def _apply(self, request: HttpRequest, chosen: Any, write: Any, done: str) -> None:
        """Do one thing to each chosen registration and say for how many it worked and why not for the others."""
        count = 0
        for registration in list(chosen):
            try:
                write(registration)
            except NotAllowed as error:
                self.message_user(request, f"{registration.pk}: {error}", messages.ERROR)
                continue
            count += 1
        if count:
            self.message_user(request, f"{done}: {count}.", messages.SUCCESS)


@admin.register(Agency)
class AgencyAdmin(admin.ModelAdmin):
    form = AgencyForm
    list_display = ("code", "name", "analyst_position", "lease_hours", "tile_url")
