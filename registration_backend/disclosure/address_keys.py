"""Brings street names and house numbers into one form, so that two ways of writing an address compare equal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

KEY_LENGTHS = {"street_key": 160, "number_key": 30}

_TYPES = {
    "aly": "alley",
    "av": "avenue ave aven avenida avda avd",
    "blvd": "boulevard boul bulevar",
    "c": "calle cl",
    "cam": "camino cno",
    "carr": "carretera ctra",
    "cir": "circle circ",
    "cjon": "callejon",
    "ct": "court",
    "cv": "cove",
    "cres": "crescent",
    "dr": "drive",
    "expy": "expressway",
    "fwy": "freeway",
    "hwy": "highway",
    "ln": "lane",
    "pkwy": "parkway pky",
    "pl": "place",
    "plz": "plaza pza",
    "pso": "paseo",
    "rd": "road",
    "rte": "route ruta",
    "sq": "square",
    "st": "street str saint sainte",  # "St" stands for both, so both become it
    "ter": "terrace terr",
    "tpke": "turnpike",
    "trl": "trail",
    "way": "wy",
}
_DIRECTIONS = {
    "n": "north norte",
    "s": "south sur",
    "e": "east este",
    "w": "west oeste",
    "ne": "northeast noreste nordeste",
    "nw": "northwest noroeste",
    "se": "southeast sureste sudeste",
    "sw": "southwest suroeste sudoeste",
}
_OTHERS = {
    "mt": "mount",
    "ft": "fort",
    "1st": "first",
    "2nd": "second",
    "3rd": "third",
    "4th": "fourth",
    "5th": "fifth",
    "6th": "sixth",
    "7th": "seventh",
    "8th": "eighth",
    "9th": "ninth",
    "10th": "tenth",
}
_SHORT = {
    long: short for table in (_TYPES, _DIRECTIONS, _OTHERS) for short, names in table.items() for long in names.split()
}
TYPES = frozenset(_TYPES)
DIRECTIONS = frozenset(_DIRECTIONS)
_ARTICLES = frozenset({"the", "de", "del", "la", "las", "el", "los"})
# Letters that no decomposition takes apart.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "\u2044": "/"})
_INITIALS = re.compile(r"\b([^\W\d_])\.(?=[^\W\d_]\b)")
_RANGE = re.compile(r"(?<=\d)\s*([-/])\s*(?=\d)")
_WORD = re.compile(r"\d+(?:[-/]\d+)*[^\W\d_]?(?!\w)|[^\W_]+")


def plain(text: str) -> str:
    """Return `text` in small letters without accents and apostrophes, with "N.W." and "12 - 14" as one word each."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(character for character in apart if not unicodedata.combining(character)).translate(_LETTERS)
    return _RANGE.sub(r"\1", _INITIALS.sub(r"\1", re.sub("['`´\u2018\u2019\u02bc]", "", bare)))


def words(text: str) -> list[str]:
    """Return the words of `text` in their short forms, without articles."""
    found = [_SHORT.get(word, word) for word in _WORD.findall(plain(text))]
    return [word for word in found if word not in _ARTICLES] or found


def key_of(street: Sequence[str]) -> str:
    """Return the words of a street as one key: its name, then its type, then the direction.

    "N Main St", "Main Street North" and the beginning "Main" then share their first letters, as do "Calle Mayor" and
    "Mayor".
    """
    parts = (_plain_words(street), _only(street, TYPES), _only(street, DIRECTIONS))
    return " ".join(word for part in parts for word in part)[: KEY_LENGTHS["street_key"]]


def name_of(street: Sequence[str]) -> str:
    """Return the key of a street without its type and direction; blank where it has nothing else."""
    return " ".join(_plain_words(street))[: KEY_LENGTHS["street_key"]]


def street_key(street: str) -> str:
    """Return the key under which a street of the register is found."""
    return key_of(words(street))


def number_key(number: str) -> str:
    """Return a house number without spaces: "1 B" and "1-b" are "1b", "12 - 14" is "12-14", "21 ½" is "21 1/2"."""
    key = ""
    for word in _WORD.findall(plain(number)):
        key += f" {word}" if key and word[0].isdigit() else word
    return key[: KEY_LENGTHS["number_key"]]


def _plain_words(street: Iterable[str]) -> list[str]:
    return [word for word in street if word not in TYPES and word not in DIRECTIONS]


def _only(street: Iterable[str], kind: frozenset[str]) -> list[str]:
    return [word for word in street if word in kind]
