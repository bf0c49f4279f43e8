"""Form fields that refuse unsafe text and give messages that never repeat what was typed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from registrations import text
from registrations.limits import NotANumber, parse_number
from registrations.positions import InvalidPosition, parse_direction

PICK_FROM_LIST = _("Please choose one of the answers in the list.")


class SafeCharField(forms.CharField):
    """Text without control or direction-turning characters; `lines` makes it a box of several lines."""

    def __init__(self, *, max_length: int, lines: bool = False, **options: Any) -> None:
        self.lines = lines
        self.limit = max_length
        if lines:
            options.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        super().__init__(strip=False, **options)
        # CharField's own check for NUL is covered by text.clean, which names the remedy.
        self.validators = [check for check in self.validators if "NullCharacters" not in type(check).__name__]
        self.widget.attrs["maxlength"] = str(max_length)

    def to_python(self, value: Any) -> str:
        # Browsers send line ends as CR LF; the length counts them once, as the person who typed them does.
        typed = super().to_python(value).replace("\r\n", "\n")
        try:
            return text.clean(typed, self.limit, lines=self.lines)
        except text.UnsafeText as error:
            raise forms.ValidationError(str(error)) from error


class SafeEmailField(SafeCharField):
    widget = forms.EmailInput
    default_validators = forms.EmailField.default_validators


class NumberField(SafeCharField):
    """An optional number that may be typed with a decimal comma; blank is None. Bounds are inclusive."""

    def __init__(self, *, smallest: float, largest: float, **options: Any) -> None:
        self.smallest, self.largest = smallest, largest
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=24, required=False, **options)
        self.widget.attrs["class"] = "short"

    def to_python(self, value: Any) -> float | None:  # type: ignore[override]
        typed = super().to_python(value)
        if not typed:
            return None
        try:
            number = parse_number(typed)
        except NotANumber as error:
            raise forms.ValidationError(_("Please type a number, or leave this empty.")) from error
        if not self.smallest <= number <= self.largest:
            raise forms.ValidationError(
                _("Please type a number from %(smallest)g to %(largest)g."),
                params={"smallest": self.smallest, "largest": self.largest},
            )
        return number


class DirectionField(SafeCharField):
    """A compass direction typed as degrees or as N, NE, E ...; gives degrees clockwise from north, or None."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=24, required=False, **options)
        self.widget.attrs.update({"class": "short", "autocomplete": "off"})

    def to_python(self, value: Any) -> float | None:  # type: ignore[override]
        try:
            return parse_direction(super().to_python(value), get_language() or "en")
        except InvalidPosition as error:
            raise forms.ValidationError(str(error)) from error


def choice(label: Any, choices: list[tuple[str, Any]], *, blank: Any = None, **options: Any) -> forms.ChoiceField:
    """Return a drop-down list; `blank` is the text of the empty first answer."""
    shown = ([("", blank)] if blank is not None else []) + list(choices)
    return forms.ChoiceField(
        label=label,
        choices=shown,
        required=False,
        error_messages={"invalid_choice": PICK_FROM_LIST},
        **options,
    )
