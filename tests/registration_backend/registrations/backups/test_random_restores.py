"""Through random sequences of register, change, withdraw and restore, a reader sees each withdrawal at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.proof import proof_count

PARTS = 4  # so that the shards of the long proofs share them


@pytest.mark.parametrize("part", range(PARTS))
def test_every_reader_sees_each_withdrawal_at_its_next_pull_through_random_restores(run, part):
    count = proof_count(1000 // PARTS)
    script = Path(__file__).with_name("restore_sequences.py").read_text(encoding="utf-8")
    printed = run(script, str(count), f"{os.environ.get('RESTORE_SEED', '20261122')}-{part}")
    sequences, restores, withdrawals, restarts = (int(word) for word in printed.split())
    assert sequences == count
    assert min(restores, withdrawals, restarts) >= count
