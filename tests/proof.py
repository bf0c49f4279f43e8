"""How many cases a long proof runs: all of them in `make proofs`, a fiftieth of them in CI."""

from __future__ import annotations

import os


def proof_count(full: int, at_least: int = 3) -> int:
    """Return `full` scaled by the environment's PROOF_SCALE (default 0.02), never below `at_least`."""
    scale = float(os.environ.get("PROOF_SCALE", "0.02"))
    return max(at_least, round(full * scale))
