"""A restore that is killed at any moment leaves the old state, or the new one after the next start; never a mixture."""

from __future__ import annotations

from pathlib import Path

from tests.proof import proof_count

POINTS = 400  # more than there are lines: at full scale each is tried


def test_a_restore_that_is_killed_leaves_the_old_state_or_the_new_one(run):
    script = Path(__file__).with_name("crash_points.py").read_text(encoding="utf-8")
    run(script, str(proof_count(POINTS, at_least=8)))
