"""Finds what a registrant typed in the address register that the agency loaded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import ascii_lowercase

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from disclosure import address_keys
from disclosure.models import Address
from registrations.address_search import MAX_PLACES, AddressSearch, FoundAddress, found_address
from registrations.models import Agency
from registrations.positions import InvalidPosition

_MAX_WORDS = 14
_MAX_STREET_WORDS = 8
_MAX_ROWS = 100  # of one look-up; the best of them are shown
_SHORTEST_BEGINNING = 2  # letters
_NUMBER = re.compile(r"\d+(?:[-/]\d+)*[^\W\d_]?")
_SECOND_PART = re.compile(r"[^\W\d_]|\d/\d")
_UNIT = re.compile(
    r"(?:#|\b(?:apt|apartment|apto|apartamento|dpto|depto|unit|suite|ste|floor|piso)\b\.?)\s*#?\s*[^\W_]+"
)
_NUMBER_SIGN = re.compile(r"\b(?:no|num|numero|nro|number)\b\.?\s*(?=\d)")
_ZIP = re.compile(r"\d{5}(?:-\d{4})?")
_COUNTRY = frozenset({"usa", "us", "eeuu"})


@dataclass(frozen=True)
class _Number:
    """A part of the text that may be the house number: the words from `start` up to `stop`."""

    key: str
    start: int
    stop: int


@dataclass(frozen=True)
class _Match:
    """An address, and how much of the text it leaves unexplained."""

    address: Address
    unexplained: int
    town_named: bool


class RegisterSearch(AddressSearch):
    """The loaded register. Nothing leaves this server.

    Anyone may search, without a name and without a limit: the register is public data, at most 8 addresses are shown
    for one text of bounded length, and a row says nothing about who has a camera.
    """

    def search(self, agency: Agency, text: str) -> list[FoundAddress]:
        """Return the addresses of the register that `text` means or begins, the likeliest first."""
        typed = _words(text)
        matches = sorted(_matches(agency, typed), key=lambda one: (one.unexplained, not one.town_named, _order(one)))
        rows = [match.address for match in matches] or _beginnings(agency, typed)
        return [place for row in rows[:MAX_PLACES] if (place := _shown(row)) is not None]

    def exact(self, agency: Agency, text: str) -> FoundAddress | None:
        """Return the one address that all of `text` means; None where there is none or more than one."""
        whole = [match for match in _matches(agency, _words(text)) if not match.unexplained]
        meant = [match for match in whole if match.town_named] or whole
        return _shown(meant[0].address) if len(meant) == 1 else None


def _words(text: str) -> list[str]:
    """Return the words of a typed address, without the unit, which the register does not know."""
    bare = _NUMBER_SIGN.sub(" ", _UNIT.sub(" ", address_keys.plain(text)))
    return address_keys.words(bare)[:_MAX_WORDS]


def _numbers(typed: Sequence[str]) -> Iterator[_Number]:
    for start, word in enumerate(typed):
        if not _NUMBER.fullmatch(word):
            continue
        yield _Number(address_keys.number_key(word), start, start + 1)
        following = typed[start + 1] if start + 1 < len(typed) else ""
        if _SECOND_PART.fullmatch(following):  # "1 B", "21 1/2"
            yield _Number(address_keys.number_key(f"{word} {following}"), start, start + 2)


def _matches(agency: Agency, typed: Sequence[str]) -> list[_Match]:
    """Return the addresses whose whole street and whole number are in the text, in any order."""
    streets: dict[str, list[tuple[int, int]]] = {}
    for start in range(len(typed)):
        for stop in range(start + 1, min(len(typed), start + _MAX_STREET_WORDS) + 1):
            streets.setdefault(address_keys.key_of(typed[start:stop]), []).append((start, stop))
    numbers = list(_numbers(typed))
    if not numbers:
        return []
    found = Address.objects.filter(
        agency=agency, street_key__in=streets, number_key__in={number.key for number in numbers}
    )
    matches = []
    for address in found[:_MAX_ROWS]:
        readings = [
            _match(address, [*typed[: min(start, number.start)], *_between(typed, (start, stop), number)])
            for start, stop in streets[address.street_key]
            for number in numbers
            if number.key == address.number_key and (stop <= number.start or number.stop <= start)
        ]
        matches += [min(readings, key=lambda one: (one.unexplained, not one.town_named))] if readings else []
    return matches


def _between(typed: Sequence[str], street: tuple[int, int], number: _Number) -> list[str]:
    """Return the words between street and number, and those after both."""
    (_first, gap), (resume, last) = sorted([street, (number.start, number.stop)])
    return [*typed[gap:resume], *typed[last:]]


def _match(address: Address, rest: Sequence[str]) -> _Match:
    """Judge the words that are neither street nor number: the town, a state, a postcode, or something else."""
    left, town = Counter(rest), Counter(address_keys.words(address.municipality))
    named = town <= left
    left -= town if named else Counter()
    return _Match(address, sum(n for word, n in left.items() if not _says_nothing(word)), named)


def _says_nothing(word: str) -> bool:
    """Say whether a register of one agency's area needs no such word: a postcode, a state, the country.

    A state whose letters are also those of a direction or of a type of street counts as the latter.
    """
    if word in address_keys.TYPES or word in address_keys.DIRECTIONS:
        return False
    return word in _COUNTRY or bool(_ZIP.fullmatch(word)) or (len(word) == 2 and word.isalpha())


def _beginnings(agency: Agency, typed: Sequence[str]) -> list[Address]:
    """Return addresses whose street begins as the text does; of the number typed, or a few where none is."""
    numbers = list(_numbers(typed))
    addresses = Address.objects.filter(agency=agency)
    for number in numbers:
        alike = addresses.filter(number_key__in=[number.key, *(number.key + letter for letter in ascii_lowercase)])
        for part in (typed[number.stop :], typed[: number.start]):
            for beginning in _tries(part):
                found = list(alike.filter(_begins(beginning)).order_by("street_key", "id")[:_MAX_ROWS])
                if found:
                    return sorted(found, key=_row_order)
    return [] if numbers else _first_of_streets(addresses, typed)


def _first_of_streets(addresses: QuerySet[Address], typed: Sequence[str]) -> list[Address]:
    for beginning in _tries(typed):
        streets = addresses.filter(_begins(beginning)).order_by("street_key").values_list("street_key", flat=True)
        keys = list(streets.distinct()[:MAX_PLACES])
        if keys:
            each = MAX_PLACES // len(keys)
            rows = [sorted(addresses.filter(street_key=key)[:_MAX_ROWS], key=_row_order)[:each] for key in keys]
            return [row for group in rows for row in group]
    return []


def _tries(part: Sequence[str]) -> Iterator[str]:
    """Yield beginnings of a street to look for: all words, then fewer, since the last ones may name the town."""
    seen = set()
    for stop in range(min(len(part), _MAX_STREET_WORDS), 0, -1):
        for beginning in (address_keys.key_of(part[:stop]), address_keys.name_of(part[:stop])):
            if len(beginning) >= _SHORTEST_BEGINNING and beginning not in seen:
                seen.add(beginning)
                yield beginning


def _begins(beginning: str) -> Q:
    """Return the condition that uses the index: SQLite has one for a range of bytes, PostgreSQL for LIKE."""
    if connection.vendor == "sqlite":
        return Q(street_key__gte=beginning, street_key__lt=beginning + chr(0x10FFFF))
    return Q(street_key__startswith=beginning)


def _order(match: _Match) -> tuple[str, str, int, str, int]:
    return _row_order(match.address)


def _row_order(row: Address) -> tuple[str, str, int, str, int]:
    digits = re.match(r"\d{1,9}", row.number_key)
    return row.street_key, row.municipality, int(digits.group()) if digits else 0, row.number_key, row.pk


def _shown(row: Address) -> FoundAddress | None:
    try:
        return found_address(str(row), row.longitude, row.latitude, _("the address register"))
    except InvalidPosition:  # such as 0, 0, which stands for a place that is not known
        return None
