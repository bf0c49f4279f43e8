"""The texts of an agency on the staff pages: every saving is a new wording, and no wording is ever lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F, Max, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_POST

from registrations import agency_pages, markdown, text
from registrations.enumerations import PageKind
from registrations.models import AgencyPage

MAX_LENGTH = 20_000
ATTEMPTS = 5


class PageForm(forms.ModelForm):
    """One wording, in Markdown; empty puts the built-in text back."""

    body = forms.CharField(
        label="Text",
        required=False,
        max_length=MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 28, "cols": 100, "maxlength": MAX_LENGTH}),
        help_text="Markdown: ## heading, - list, **bold**, [words](https://address). No HTML and no pictures. "
        "Saved empty, the built-in text is shown again.",
    )

    class Meta:
        model = AgencyPage
        fields = ("agency", "kind", "language", "body")

    def clean_body(self) -> str:
        try:
            return text.clean(self.cleaned_data["body"].replace("\r\n", "\n"), MAX_LENGTH, lines=True)
        except text.UnsafeText as error:
            raise forms.ValidationError(str(error)) from error


class ShownFilter(admin.SimpleListFilter):
    title = "wording"
    parameter_name = "wording"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "with earlier ones")]

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        for choice in super().choices(changelist):
            # Django calls the choice without a filter "All", which here is the newest of each.
            yield choice if "wording=all" in choice["query_string"] else {**choice, "display": "shown now"}

    def queryset(self, request: HttpRequest, queryset: QuerySet[AgencyPage]) -> QuerySet[AgencyPage]:
        return queryset if self.value() == "all" else queryset.filter(version=F("newest"))


@admin.register(AgencyPage)
class AgencyPageAdmin(admin.ModelAdmin):
    """Append only: a consent refers to the wording that it was given to."""

    form = PageForm
    list_display = ("name", "agency", "kind", "language", "version", "is_shown", "created_at")
    list_filter = (ShownFilter, "agency", "kind", "language")
    list_select_related = ("agency",)
    ordering = ("agency__code", "kind", "language", "-version")
    change_form_template = "staff/page_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[AgencyPage]:
        same = AgencyPage.objects.filter(
            agency=OuterRef("agency"), kind=OuterRef("kind"), language=OuterRef("language")
        ).order_by("-version")
        return super().get_queryset(request).annotate(newest=Subquery(same.values("version")[:1]))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: AgencyPage | None = None) -> tuple[str, ...]:
        return ("agency", "kind", "language", "body", *(("as_shown", "history") if obj else ("built_in",)))

    def get_readonly_fields(self, request: HttpRequest, obj: AgencyPage | None = None) -> tuple[str, ...]:
        return ("agency", "kind", "language", "as_shown", "history") if obj else ("built_in",)

    @admin.display(description="wording", ordering="id")
    def name(self, page: AgencyPage) -> str:
        return f"{page.agency.code}-{page.kind}-{page.language}-{page.version}"

    @admin.display(boolean=True, description="shown now")
    def is_shown(self, page: AgencyPage) -> bool:
        return bool(page.version == page.newest)  # type: ignore[attr-defined]

    @admin.display(description="As registrants see it")
    def as_shown(self, page: AgencyPage) -> str:
        return format_html('<div class="page-words">{}</div>', markdown.render(page.body))

    @admin.display(description="All wordings")
    def history(self, page: AgencyPage) -> str:
        rows = AgencyPage.objects.filter(agency=page.agency, kind=page.kind, language=page.language)
        links = [
            (
                reverse("admin:registrations_agencypage_change", args=[row.pk]),
                f"{row.version}, {row.created_at:%Y-%m-%d %H:%M} UTC, {len(row.body)} characters"
                f"{' (this one)' if row.pk == page.pk else ''}",
            )
            for row in rows.order_by("-version")
        ]
        return format_html("<ul>{}</ul>", format_html_join("", '<li><a href="{}">{}</a></li>', links))

    @admin.display(description="Built-in texts")
    def built_in(self, page: AgencyPage | None = None) -> str:
        texts = [
            (str(kind.label), code, agency_pages.page_of(None, kind, code).text)
            for kind in PageKind
            for code in ("en", "es")
        ]
        shown = "<details><summary>{} ({})</summary><pre>{}</pre></details>"
        return format_html("<div>{}</div>", format_html_join("", shown, texts))

    def get_urls(self) -> list[URLPattern]:
        preview = path("preview/", self.admin_site.admin_view(self.preview), name="registrations_agencypage_preview")
        return [preview, *super().get_urls()]

    def preview(self, request: HttpRequest) -> HttpResponse:
        """Show how a text would look; nothing is stored."""
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        return require_POST(self._preview)(request)

    def _preview(self, request: HttpRequest) -> HttpResponse:
        typed = request.POST.get("body", "")[:MAX_LENGTH]
        context = {**self.admin_site.each_context(request), "title": "Preview", "html": markdown.render(typed)}
        return render(request, "staff/page_preview.html", context)

    def save_model(self, request: HttpRequest, obj: AgencyPage, form: PageForm, change: bool) -> None:
        """Append a wording; where two people save at once, the second gets the next number."""
        if change and not form.has_changed() and obj.version == _last_version(obj):
            return
        for attempt in range(ATTEMPTS):
            obj.pk, obj.version = None, _last_version(obj) + 1
            obj._state.adding = True
            try:
                with transaction.atomic():
                    obj.save(force_insert=True)
                return
            except IntegrityError:
                if attempt == ATTEMPTS - 1:
                    raise


def _last_version(page: AgencyPage) -> int:
    same = AgencyPage.objects.filter(agency_id=page.agency_id, kind=page.kind, language=page.language)
    return int(same.aggregate(last=Max("version"))["last"] or 0)
