"""The staff pages of an agency's area: upload a file of polygons, and see on a map what it holds."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse

from registrations.jurisdiction_files import MOST_BYTES, AreaFileError, import_jurisdictions
from registrations.jurisdictions import OUTLINE_TOLERANCE
from registrations.map_view import allow_tiles, map_view
from registrations.models import Agency, Jurisdiction


class UploadForm(forms.Form):
    """A file of polygons for one agency."""

    agency = forms.ModelChoiceField(Agency.objects.order_by("code"), empty_label=None)
    file = forms.FileField(
        help_text="GeoJSON, GeoPackage, or a zip file with one Shapefile (.shp, .shx, .dbf, .prj); up to "
        f"{MOST_BYTES // 1_000_000} MB. Any coordinate system that the file names.",
    )
    name_field = forms.CharField(
        required=False, max_length=64, help_text="The field with the districts' names. Blank: name, district or label."
    )
    replace = forms.BooleanField(
        required=False, label="Replace the polygons that this agency has now", help_text="Without it they are added."
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(f"The file is larger than {MOST_BYTES // 1_000_000} MB.")
        return file

    def store(self) -> int:
        """Import the file and return the number of polygons. Raises AreaFileError; only after is_valid()."""
        with tempfile.TemporaryDirectory() as folder:
            # A name of our own: the sender's could be anything.
            received = Path(folder) / "area"
            with received.open("wb") as copy:
                for chunk in self.cleaned_data["file"].chunks():
                    copy.write(chunk)
            return import_jurisdictions(
                self.cleaned_data["agency"],
                received,
                name_field=self.cleaned_data["name_field"],
                replace=self.cleaned_data["replace"],
            )


@admin.register(Jurisdiction)
class JurisdictionAdmin(admin.ModelAdmin):
    """Polygons come from files and are never drawn here; adding means uploading."""

    list_display = ("name", "agency")
    list_filter = ("agency",)
    list_select_related = ("agency",)
    fields = ("agency", "name")
    actions = ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        areas = path(
            "<int:agency_id>/areas.geojson", self.admin_site.admin_view(self.areas), name="registrations_areas"
        )
        return [areas, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Take a file. What is wrong with it is said at its field, and then nothing changed."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None, initial=request.GET.dict())
        if request.method == "POST" and form.is_valid():
            try:
                count = form.store()
            except AreaFileError as error:
                form.add_error("file", str(error))
            else:
                agency = form.cleaned_data["agency"]
                self.message_user(request, f"Polygons of {agency} stored: {count}.", messages.SUCCESS)
                return redirect(f"{reverse('admin:registrations_jurisdiction_add')}?agency={agency.pk}")
        return self._page(request, {"title": "The area of an agency", "form": form}, self._shown_agency(form))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show one polygon among the others of its agency."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        shown = get_object_or_404(Jurisdiction.objects.select_related("agency"), pk=object_id)
        return self._page(request, {"title": f"{shown.agency}: {shown.name}", "shown": shown}, shown.agency)

    def areas(self, request: HttpRequest, agency_id: int) -> JsonResponse:
        """Send an agency's polygons with their names, simplified, EPSG:4326."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        features = [
            {
                "type": "Feature",
                "properties": {"name": one.name, "id": one.pk},
                "geometry": json.loads(one.area.simplify(OUTLINE_TOLERANCE, preserve_topology=True).json),
            }
            for one in Jurisdiction.objects.filter(agency=agency_id)
        ]
        return JsonResponse({"type": "FeatureCollection", "features": features})

    def _shown_agency(self, form: UploadForm) -> Agency | None:
        wanted = str(form["agency"].value() or "")
        known = Agency.objects.order_by("code")
        return (known.filter(pk=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 10 else None) or (
            known.first()
        )

    def _page(self, request: HttpRequest, more: dict[str, Any], agency: Agency | None) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.model._meta, "agency": agency, **more}
        context["may_delete"] = self.has_delete_permission(request)
        if agency is None:
            return render(request, "staff/area.html", context)
        context["map"] = map_view(agency)
        context["names"] = agency.jurisdictions.values_list("name", flat=True)
        context["areas_url"] = reverse("admin:registrations_areas", args=[agency.pk])
        return allow_tiles(render(request, "staff/area.html", context), agency)
