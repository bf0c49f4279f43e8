"""Holds a consent to the words that it was given to: a promise that changed meanwhile is shown and asked again."""

from __future__ import annotations

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from registrations.forms import RegistrationForm
from registrations.promise import CONSENT_VERSION

FIELD = "promise_version"  # of the form: which wording the page showed
CHANGED = _(
    "The promise was worded anew, or is in another language, since you opened this page. What you typed is kept. "
    "Please read the promise once more and tick the box again."
)


def hold_to_shown(form: RegistrationForm, data: QueryDict, version: str) -> None:
    """Take the tick for another wording than `version` away, and let the form say why. Call before is_valid().

    A page that does not say what it showed is one from before agencies had wordings of their own.
    """
    if "consent" not in data or data.get(FIELD, CONSENT_VERSION) == version:
        return
    if form.is_bound:
        typed = data.copy()
        del typed["consent"]
        form.data = typed
        form.fields["consent"].error_messages["required"] = CHANGED
    else:
        form.initial.pop("consent", None)
