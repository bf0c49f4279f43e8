"""Copies metadata.txt and LICENSE into the plugin's package, where QGIS looks for them; the copies are git-ignored."""

from __future__ import annotations

import configparser
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "camera_registry_plugin"


def read_metadata() -> configparser.SectionProxy:
    """Return the [general] section of the one tracked metadata.txt."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[method-assign,assignment]  # QGIS's keys are case-sensitive
    parser.read(ROOT / "metadata.txt", encoding="utf-8")
    return parser["general"]


def copy_into_package() -> None:
    """Write the copies, only where they differ, so that a second run touches nothing."""
    for name in ("metadata.txt", "LICENSE"):
        source, target = ROOT / name, PACKAGE / name
        if not target.exists() or target.read_bytes() != source.read_bytes():
            shutil.copyfile(source, target)


if __name__ == "__main__":
    copy_into_package()
