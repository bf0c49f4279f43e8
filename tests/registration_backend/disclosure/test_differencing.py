"""Attacks on the public counts: nobody is counted or found from the numbers of all months together.

The attacker knows the code and every number that was ever published, but not the key, and so not the offset.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure.generalise import Cell, Grid
from disclosure.public_counts import CELL_SIZE_M, STEP, secret_offset, shown_number
from tests.proof import proof_count

OFFSETS = range(STEP)


def explanations(
    published: list[int], known: list[int], at_most: int = 1, offsets: Sequence[int] = OFFSETS
) -> list[set[int]]:
    """Return, month by month, all counts of strangers that explain what was published.

    `known` is how many registrations of each month the attacker knows or made. Between two months at most `at_most`
    strangers join or leave, which tells the attacker more than the truth would.
    """
    possible: list[set[int]] = [set() for _ in published]
    for offset in offsets:
        fits = [{n for n in range(60) if shown_number(n + k, offset) == v} for v, k in zip(published, known)]
        for back_and_forth in (range(1, len(fits)), range(len(fits) - 2, -1, -1)):
            for month in back_and_forth:
                beside = fits[month - 1] if back_and_forth.step > 0 else fits[month + 1]
                fits[month] = {n for n in fits[month] if any(abs(n - other) <= at_most for other in beside)}
        if all(fits):
            for month, counts in enumerate(fits):
                possible[month] |= counts
    return possible


def walk(chance: random.Random, start: int, months: int = 24) -> list[int]:
    counts = [start]
    for _ in range(months - 1):
        counts.append(max(0, counts[-1] + chance.choice((-1, 0, 1))))
    return counts


@settings(max_examples=proof_count(2000, at_least=60))
@given(seed=st.integers(0, 2**32), start=st.integers(5, 25), offset=st.sampled_from(OFFSETS))
def test_two_years_of_numbers_never_give_a_count_away(seed: int, start: int, offset: int) -> None:
    counts = walk(random.Random(seed), start)
    published = [shown_number(count, offset) for count in counts]
    for count, n, possible in zip(counts, published, explanations(published, [0] * len(counts))):
        assert count in possible
        assert n == 0 or len(possible) >= STEP


@settings(max_examples=proof_count(1000, at_least=30))
@given(strangers=st.integers(5, 25), offset=st.sampled_from(OFFSETS))
def test_registering_oneself_one_by_one_does_not_count_the_others(strangers: int, offset: int) -> None:
    """The attacker adds a registration of their own each month and looks where the number steps up."""
    own = list(range(12))
    published = [shown_number(strangers + k, offset) for k in own]
    assert len(set(published)) > 1, "the attacker sees steps"
    for possible in explanations(published, own, at_most=0):
        assert len(possible) == STEP


def test_without_the_secret_offset_both_attacks_would_succeed() -> None:
    """Shows that the two tests above can fail: with steps at known places, one step tells the count."""
    published = [shown_number(count, 0) for count in (8, 9, 10, 9)]
    assert explanations(published, [0] * 4, offsets=[0])[1:] == [{9}, {10}, {9}]
    own = list(range(12))
    published = [shown_number(7 + k, 0) for k in own]
    assert explanations(published, own, at_most=0, offsets=[0])[0] == {7}


def test_most_single_changes_leave_the_page_as_it_was() -> None:
    grid = Grid(3067)
    cells = [Cell(CELL_SIZE_M, 380 + number % 40, 6670 + number // 40) for number in range(1600)]
    offsets = [secret_offset("HEL", grid, cell) for cell in cells]
    assert all(250 < offsets.count(offset) < 390 for offset in OFFSETS), "no offset is more likely than another"
    seen = sum(shown_number(12, offset) != shown_number(13, offset) for offset in offsets)
    assert 0.15 < seen / len(cells) < 0.25
    assert [secret_offset("ESP", grid, cell) for cell in cells] != offsets
    assert [secret_offset("HEL", grid, cell) for cell in cells] == offsets, "it never changes"


def test_the_offset_hangs_on_the_secret_key(settings) -> None:
    cells = [Cell(CELL_SIZE_M, 380, 6670 + number) for number in range(60)]
    before = [secret_offset("HEL", Grid(3067), cell) for cell in cells]
    settings.SECRETS = replace(settings.SECRETS, position_key=bytes(32))
    assert [secret_offset("HEL", Grid(3067), cell) for cell in cells] != before
