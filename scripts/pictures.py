"""Puts the demo's two pictures where the README shows them."""

from __future__ import annotations

import sys

from PIL import Image

from scripts.backend_process import ROOT
from scripts.demo.files import DemoFiles


def main() -> int:
    """Copy map.png and desk.png from build/demo/ to docs/pictures/, without their alpha channel."""
    files = DemoFiles(ROOT / "build" / "demo")
    folder = ROOT / "docs" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    for picture in (files.map_picture, files.desk_picture):
        if not picture.exists():
            print("pictures: run 'make demo' first.", file=sys.stderr)
            return 1
        with Image.open(picture) as drawn:
            drawn.convert("RGB").save(folder / picture.name, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
