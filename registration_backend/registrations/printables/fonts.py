"""The letters of the printables, embedded in every file so that it prints the same everywhere."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from registrations.models import Agency

PLAIN, BOLD = "printables", "printables-bold"
# Debian's DejaVu knows Latin with every accent, Greek and Cyrillic. Elsewhere reportlab's own Vera stands in, which
# knows fewer letters; both come as a plain and a bold file.
_DEJAVU = (Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"), "DejaVuSans-Bold.ttf")
_VERA = (Path(reportlab.__file__).parent / "fonts" / "Vera.ttf", "VeraBd.ttf")
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"
# Letters that are written from the right, and marks that turn the direction of what follows.
_TURNED = {"R", "AL", "AN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@cache
def register() -> None:
    """Make both fonts known to reportlab."""
    plain, bold = _DEJAVU if _DEJAVU[0].exists() else _VERA
    pdfmetrics.registerFont(TTFont(PLAIN, plain))
    pdfmetrics.registerFont(TTFont(BOLD, plain.with_name(bold)))
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)


def printable(text: str) -> str:
    """Return `text` with a mark in place of each letter that the font lacks or that would be drawn wrongly."""
    shown = unicodedata.normalize("NFC", text)
    return "".join(letter if letter.isspace() or _is_known(letter) else _UNKNOWN for letter in shown)


def is_printable(text: str) -> bool:
    """Say whether the font has every letter of `text`, and draws it in the right direction."""
    return _UNKNOWN not in printable(text)


def name_of(agency: Agency) -> str:
    """Return the agency's name, or its code where the font cannot print the name, such as one in Chinese or Arabic."""
    shown = printable(agency.name)
    return agency.code if _UNKNOWN in shown or not shown.strip() else shown


def _is_known(letter: str) -> bool:
    register()
    if unicodedata.bidirectional(letter) in _TURNED or unicodedata.combining(letter):
        return False  # reportlab neither turns the direction nor joins letters
    glyphs = (pdfmetrics.getFont(font).face.charToGlyph for font in (PLAIN, BOLD))
    return all(ord(letter) in known for known in glyphs)
