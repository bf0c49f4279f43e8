"""The staff pages on which a list is chosen, its columns are explained, its import is tried out, and then done.

Between two pages the list is held as staff/import_holds.py describes: encrypted, with the key in the page. Every page
is answered to a POST and says no-store, since that key is in it. A large list is worked off while its page is being
sent (staff/import_stream.py): some 20,000 rows take minutes, and each part of them is a transaction of its own.
"""

from __future__ import annotations

from functools import wraps
from pathlib import PurePath
from typing import Any, Callable

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control

from registrations.imports import guess
from registrations.imports.arcgis import read_layer
from registrations.imports.mapping import MappingError, parse_mapping
from registrations.imports.rows import ListError
from registrations.imports.table import MOST_BYTES
from registrations.map_view import allow_tiles, map_view
from registrations.models import Agency
from registrations.spreadsheets import as_csv
from staff import import_holds
from staff.import_forms import ColumnsForm, SourceForm
from staff.import_holds import HoldGone, Ticket
from staff.import_stream import Work, stream
from staff.import_work import SHOWN_REFUSALS, SHOWN_ROWS, Rows, Source, import_rows
from staff.roles import agencies_of, may_import

Page = Callable[[HttpRequest], HttpResponseBase]
Action = Callable[[HttpRequest, Agency, Ticket, dict[str, Any]], HttpResponseBase]


def _importers_only(page: Page) -> Page:
    @wraps(page)
    def guarded(request: HttpRequest) -> HttpResponseBase:
        if not may_import(request.user):
            raise PermissionDenied
        response = page(request)
        patch_cache_control(response, no_store=True, private=True)
        return response

    return guarded


@_importers_only
def start(request: HttpRequest) -> HttpResponseBase:
    """Show the form for a list; with a list, go on to its columns, or with a mapping file to its preview.

    Raises PermissionDenied for whoever may not import.
    """
    form = SourceForm(request.user, request.POST or None, request.FILES or None)
    if request.method != "POST":
        return _start_page(request, form)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES and not request.FILES:
        form.add_error("list_file", f"The file is larger than {MOST_BYTES // 1_000_000} MB. Cut it into parts.")
    if not form.is_valid():
        return _start_page(request, form)
    data = form.cleaned_data
    place = "list_file" if data["list_file"] else "layer_url"
    try:
        source = _source(data)
        if data["mapping_file"]:
            place = "mapping_file"
            held = {"agency": data["agency"].pk, "source": source.as_json()}
            return _preview(request, data["agency"], held, data["mapping_file"].read().decode("utf-8-sig"))
        source.table()
    except UnicodeDecodeError:
        form.add_error("mapping_file", "The mapping file is not written in UTF-8.")
    except (ListError, MappingError) as error:
        form.add_error(place, str(error))
    else:
        ticket = import_holds.hold(request.user.pk, {"agency": data["agency"].pk, "source": source.as_json()})
        return _columns_page(request, ticket, source, ColumnsForm(source.table(), source.title))
    return _start_page(request, form)


@_importers_only
def step(request: HttpRequest) -> HttpResponseBase:
    """Do what a button of the following pages says, with the list that is held. Raises PermissionDenied."""
    action = _ACTIONS.get(request.POST.get("action", ""))
    if action is None:
        return redirect("import_start")
    ticket = Ticket(request.POST.get("held", ""), request.POST.get("key", ""))
    try:
        held = import_holds.read(request.user.pk, ticket)
        agency = agencies_of(request.user).filter(pk=held["agency"]).first()
        if agency is None:
            raise PermissionDenied
        return action(request, agency, ticket, held)
    except HoldGone as error:
        return _start_page(request, SourceForm(request.user), str(error))


def _source(data: dict[str, Any]) -> Source:
    if data["list_file"]:
        return Source(data["list_file"].read(), None, PurePath(data["list_file"].name).stem or "Imported list")
    return Source(None, read_layer(data["layer_url"], data["token"]), "ArcGIS layer")


def _explain(request: HttpRequest, agency: Agency, ticket: Ticket, held: dict[str, Any]) -> HttpResponseBase:
    """Take the filled-in form of the columns, and go on to the preview."""
    source = Source.from_json(held["source"])
    form = ColumnsForm(source.table(), source.title, request.POST)
    if form.is_valid():
        mapping = guess.mapping_toml(form.choices(), source.table().values)
        chosen = {name: request.POST.get(name, "") for name in form.fields}
        try:
            return _preview(request, agency, {**held, "chosen": chosen}, mapping, ticket)
        except (ListError, MappingError) as error:
            form.add_error(None, str(error))
    return _columns_page(request, ticket, source, form)


def _explain_again(request: HttpRequest, agency: Agency, ticket: Ticket, held: dict[str, Any]) -> HttpResponseBase:
    source = Source.from_json(held["source"])
    return _columns_page(
        request, ticket, source, ColumnsForm(source.table(), source.title, initial=held.get("chosen", {}))
    )


def _preview(
    request: HttpRequest, agency: Agency, held: dict[str, Any], mapping_text: str, old: Ticket | None = None
) -> HttpResponseBase:
    """Read every row and try the import out. Raises ListError and MappingError before anything is sent."""
    mapping = parse_mapping(mapping_text.encode(), "The mapping file")
    source = Source.from_json(held["source"])
    rows = source.read(mapping)
    if not rows:
        raise ListError("The list has a header and no rows.")

    def work() -> Work:
        outcome = yield from import_rows(agency, mapping_text, source, rows, dry_run=True)
        kept = {**held, "mapping": mapping_text, "refused": outcome.refused}
        ticket = import_holds.hold(request.user.pk, kept)
        if old is not None:
            import_holds.drop(request.user.pk, old)
        return "staff/import_preview.html", {
            **_about(outcome.refused, source),
            "outcome": outcome,
            "ticket": ticket,
            "map": map_view(agency),
            "shown_rows": SHOWN_ROWS,
            "has_form": "chosen" in held,
            "list_name": mapping.name,
        }

    return _streamed(request, agency, "Preview of the import", rows, work())


def _import(request: HttpRequest, agency: Agency, ticket: Ticket, held: dict[str, Any]) -> HttpResponseBase:
    if "mapping" not in held:
        raise HoldGone
    # Taken before the first row is written: a second click finds nothing.
    held = import_holds.take(request.user.pk, ticket)
    source = Source.from_json(held["source"])
    rows = source.read(parse_mapping(held["mapping"].encode()))

    def work() -> Work:
        outcome = yield from import_rows(agency, held["mapping"], source, rows, dry_run=False)
        said = f"{outcome.created} created, {outcome.updated} updated, {len(outcome.refused)} refused"
        LogEntry.objects.create(
            user_id=request.user.pk,
            content_type=ContentType.objects.get_for_model(Agency),
            object_id=str(agency.pk),
            object_repr=str(agency)[:200],
            action_flag=CHANGE,
            change_message=f"Imported a list: {said}.",
        )
        # For the download only: reasons and numbers, nothing of the list.
        kept = {"agency": agency.pk, "refused": outcome.refused}
        left = import_holds.hold(request.user.pk, kept) if outcome.refused else None
        return "staff/import_result.html", {**_about(outcome.refused, source), "outcome": outcome, "ticket": left}

    return _streamed(request, agency, "Import", rows, work())


def _refused_csv(request: HttpRequest, agency: Agency, ticket: Ticket, held: dict[str, Any]) -> HttpResponseBase:
    """Send line and reason of every refused row; reasons never quote a cell."""
    rows = [("line", "reason"), *((line, reason) for line, reason in held.get("refused", []))]
    return _attachment(as_csv(rows), "text/csv; charset=utf-8", "refused-rows.csv")


def _mapping_file(request: HttpRequest, agency: Agency, ticket: Ticket, held: dict[str, Any]) -> HttpResponseBase:
    return _attachment(held.get("mapping", "").encode(), "application/toml; charset=utf-8", "mapping.toml")


def _cancel(request: HttpRequest, agency: Agency, ticket: Ticket, held: dict[str, Any]) -> HttpResponseBase:
    import_holds.drop(request.user.pk, ticket)
    return redirect("import_start")


_ACTIONS: dict[str, Action] = {
    "explain": _explain,
    "explain_again": _explain_again,
    "import": _import,
    "refused": _refused_csv,
    "mapping": _mapping_file,
    "cancel": _cancel,
}


def _attachment(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _about(refused: list[tuple[int, str]], source: Source) -> dict[str, Any]:
    return {"refused": refused[:SHOWN_REFUSALS], "refused_count": len(refused), "place_word": source.place_word}


def _streamed(request: HttpRequest, agency: Agency, title: str, rows: Rows, work: Work) -> HttpResponseBase:
    context = {**admin.site.each_context(request), "title": title, "agency": agency, "total": len(rows)}
    return allow_tiles(stream(request, context, len(rows), work), agency)


def _start_page(request: HttpRequest, form: SourceForm, problem: str = "") -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": "Import a list",
        "form": form,
        "problem": problem,
        "has_agency": agencies_of(request.user).exists(),
    }
    return render(request, "staff/import_start.html", context)


def _columns_page(request: HttpRequest, ticket: Ticket, source: Source, form: ColumnsForm) -> HttpResponse:
    table = source.table()
    context = {
        **admin.site.each_context(request),
        "title": "What do the columns mean?",
        "form": form,
        "ticket": ticket,
        "column_count": len(table.header),
        "unusable": sorted({name for name in table.header if table.header.count(name) > 1 and name}),
    }
    return render(request, "staff/import_columns.html", context)
