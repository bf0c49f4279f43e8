"""The list of people to write to or call: makes letters and call lists, and notes afterwards who was asked."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from registrations import mail
from registrations.models import Agency, Registration
from registrations.printables.content import content_of
from staff import acts, looks, round_papers, yearly_round
from staff.contact_view import unstored
from staff.models import Act
from staff.round_pages import PAGE, agency_to_check, apply, ids_from, list_context

FIRST_COUNT = 10
_MADE = "round_made"  # in the session: the ids of what was printed today, never a contact
# Button: whether it takes what is ticked or the next ones, and how they are asked.
_PAPERS = {
    "letters": (True, Act.ASKED_BY_LETTER),
    "call_list": (True, Act.ASKED_BY_CALL),
    "next_letters": (False, Act.ASKED_BY_LETTER),
    "next_call_list": (False, Act.ASKED_BY_CALL),
}
_NOTES = {"note_letter": Act.ASKED_BY_LETTER, "note_call": Act.ASKED_BY_CALL}
_WORDS = {Act.ASKED_BY_LETTER: "letter", Act.ASKED_BY_CALL: "call"}


class CountForm(forms.Form):
    """How many of the next ones to print."""

    count = forms.IntegerField(
        min_value=1,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), "Type a number from 1 on."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def ask_page(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show whom to write to or call, or do what the buttons say.

    Raises PermissionDenied for all but verifiers, and Http404 for agencies that they do not work for.
    """
    agency = agency_to_check(request, code)
    if request.method == "POST":
        for button, (is_ticked, how) in _PAPERS.items():
            if button in request.POST:
                return _print(request, agency, how, is_ticked)
        for button, how in _NOTES.items():
            if button in request.POST:
                _note(request, agency, how)
        return _back(request, agency)
    return _page(request, agency)


def _page(request: HttpRequest, agency: Agency) -> HttpResponse:
    today = timezone.now().date()
    waiting = yearly_round.to_ask(agency, today)
    page = Paginator(waiting, PAGE).get_page(request.GET.get("page"))
    left = looks.left_today(request.user)
    context = {
        **list_context(request, agency, page, "To write or call", "staff:round_ask"),
        "rows": _rows(list(page.object_list)),
        "left": left,
        "limit": settings.STAFF_CONTACT_LIMIT_A_DAY,
        "first_count": max(1, min(FIRST_COUNT, left)),
        "made": _made_today(request, agency, today),
    }
    return unstored(render(request, "staff/round_ask.html", context))


def _rows(registrations: list[Registration]) -> list[dict[str, Any]]:
    seen = yearly_round.opened_today().filter(registration_id__in=[one.pk for one in registrations])
    by = dict(seen.order_by("viewed_at").values_list("registration_id", "user__username"))
    return [{"registration": one, "opened_by": by.get(one.pk, "")} for one in registrations]


def _print(request: HttpRequest, agency: Agency, how: Act, is_ticked: bool) -> HttpResponseBase:
    today = timezone.now().date()
    choose = _ticked if is_ticked else _next
    chosen = choose(request, agency, today, how)
    if not chosen:
        return _back(request, agency)
    content = content_of(agency, mail.base_url(request), settings.PAPER)
    try:
        paper = round_papers.make(request.user, agency, how, chosen, content, today)
    except looks.LimitReached as error:
        messages.error(request, f"{error} Nothing was opened.")
        return _back(request, agency)
    if not paper.made:
        for one in paper.left_out:
            messages.error(request, f"{one.reference}: {one.why}")
        return _back(request, agency)
    _remember(request, agency, how, paper.made, today)
    response = HttpResponse(paper.pdf, content_type="application/pdf")
    # Shown, not saved: a download would stay on the disk of whoever prints it.
    response["Content-Disposition"] = f'inline; filename="{_WORDS[how]}s-{agency.code}-{today:%Y-%m-%d}.pdf"'
    return unstored(response)


def _ticked(request: HttpRequest, agency: Agency, today: date, how: Act) -> list[Registration]:
    wanted = ids_from(request.POST.getlist("ticked")[:PAGE])
    chosen = list(yearly_round.to_ask(agency, today).filter(pk__in=wanted))
    if not wanted:
        messages.warning(request, "Nothing was ticked. Tick whom to ask, then press the button.")
    elif len(chosen) < len(wanted):
        # Not printed without them: who picked some shall know that they answered meanwhile.
        gone = len(wanted) - len(chosen)
        messages.warning(request, f"{gone} of them {'is' if gone == 1 else 'are'} not to be asked any more.")
        return []
    return chosen


def _next(request: HttpRequest, agency: Agency, today: date, how: Act) -> list[Registration]:
    """Return the longest due ones that nobody has printed today; a second press goes on where the first ended."""
    form = CountForm(request.POST)
    left = looks.left_today(request.user)
    if not form.is_valid():
        messages.error(request, " ".join(form.errors["count"]))
        return []
    count = form.cleaned_data["count"]
    if count > left:
        messages.error(
            request, f"You can open {left} more contact{'' if left == 1 else 's'} today. Nothing was opened."
        )
        return []
    waiting = yearly_round.to_ask(agency, today).exclude(pk__in=yearly_round.opened_today().values("registration_id"))
    chosen = list((waiting.filter(has_address=True) if how == Act.ASKED_BY_LETTER else waiting)[:count])
    if not chosen:
        messages.warning(request, "There is nobody left who was not printed today. Tick somebody to print again.")
    return chosen


def _note(request: HttpRequest, agency: Agency, how: Act) -> None:
    wanted = ids_from(request.POST.getlist("ticked")[:PAGE])
    chosen = list(Registration.objects.filter(agency=agency, pk__in=wanted))
    if not wanted:
        messages.warning(request, "Nothing was ticked. Tick who was asked, then press the button.")
    count = apply(request, chosen, lambda one: acts.note_asked(request.user, one, how))
    if count:
        messages.success(
            request,
            f"Noted as asked by {_WORDS[how]}: {count}. A mistake can be undone today, on the list of who was asked.",
        )


def _remember(request: HttpRequest, agency: Agency, how: Act, made: list[Registration], today: date) -> None:
    """Keep the ids of what was printed until the day ends, so that just these can be noted as asked."""
    known = request.session.get(_MADE, {})
    known = known if known.get("day") == today.isoformat() else {"day": today.isoformat()}
    key = f"{agency.code} {how.value}"
    known[key] = list(dict.fromkeys([*known.get(key, []), *(str(one.pk) for one in made)]))
    request.session[_MADE] = known


def _made_today(request: HttpRequest, agency: Agency, today: date) -> list[dict[str, Any]]:
    """Return what this person printed today and did not note as asked yet, by button."""
    known = request.session.get(_MADE, {})
    if known.get("day") != today.isoformat():
        return []
    made = []
    for button, how in _NOTES.items():
        ids = [UUID(text) for text in known.get(f"{agency.code} {how.value}", [])]
        still = list(yearly_round.to_ask(agency, today).filter(pk__in=ids))
        if still:
            made.append({"button": button, "word": _WORDS[how], "registrations": still})
    return made


def _back(request: HttpRequest, agency: Agency) -> HttpResponse:
    return redirect("staff:round_ask", agency.code)
