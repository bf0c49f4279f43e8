"""`make bench`: prints medians and ratios; a comparison whose answers differ ends it before a time is taken."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from . import nearby, sync


def main() -> None:
    """Run every comparison and print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cameras", type=int, default=100_000)
    parser.add_argument("--incidents", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lines = [sync.run(options.cameras, Path(folder), options.runs)]
    lines += nearby.run(options.cameras, options.incidents, options.runs)
    print(f"\n{'ours (median)':>70}   {'beside (median)':>51}   ratio")
    for line in lines:
        print(line.line())


if __name__ == "__main__":
    main()
