"""Refuses text that could hide, reorder or break what other people read."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext as _

# Characters that turn the reading direction: with them "gpj.exe" can be made to look like "exe.jpg".
_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_ENDS = frozenset("\n\r\t")
_HIDDEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})


class UnsafeText(Exception):
    """The text cannot be stored; the message says why without quoting it."""


def clean(value: str, max_length: int, *, lines: bool = False) -> str:
    """Return `value` without surrounding white space; `lines` lets line ends and tabs pass.

    Raises UnsafeText for control characters, characters that turn the reading direction, half characters, and for
    more than `max_length` characters.
    """
    value = value.strip()
    if len(value) > max_length:
        said = _("This is too long: %(length)d characters. Use at most %(limit)d.")
        raise UnsafeText(said % {"length": len(value), "limit": max_length})
    for character in value:
        if lines and character in _LINE_ENDS:
            continue
        if character in _BIDIRECTIONAL:
            raise UnsafeText(_("This has a hidden character that turns the reading direction. Please type it afresh."))
        if unicodedata.category(character) in {"Cc", "Cs"} or character in "\u2028\u2029":
            raise UnsafeText(_("This has a control character in it. Please type it afresh."))
    return unicodedata.normalize("NFC", value)


def visible(value: str, max_length: int) -> str:
    """Return foreign text as one line that can be shown: whatever `clean` refuses is left out, the rest is cut."""
    kept = (
        " " if character.isspace() else character
        for character in value[: 4 * max_length]
        if character not in _BIDIRECTIONAL and (character.isspace() or unicodedata.category(character) not in _HIDDEN)
    )
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())[:max_length]
