"""Every text of the registrant's pages has a Spanish one that says as much, and what is compiled is what is written."""

from __future__ import annotations

import gettext
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.backend_process import BACKEND

SPANISH = Path("locale") / "es" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z]|%%|\{\w*\}")


def entries(catalogue: str) -> dict[tuple[str, ...], dict]:
    """Return what a .po file says: its texts by msgid, and whether each is only a guess."""
    found = {}
    for block in catalogue.split("\n\n")[1:]:
        lines = [line for line in block.splitlines() if not line.startswith("#~")]
        texts: dict[str, str] = {}
        for line in lines:
            head = re.match(r"(msgid(?:_plural)?|msgctxt|msgstr(?:\[\d\])?) (?=\")", line)
            key = head.group(1) if head else (list(texts)[-1] if line.startswith('"') else "")
            if key:
                texts[key] = texts.get(key, "") + line[head.end() if head else 0 :].strip()[1:-1]
        if texts.get("msgid"):
            fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in lines)
            ids = tuple(text for key, text in texts.items() if key.startswith("msgid"))
            spanish = [text for key, text in texts.items() if key.startswith("msgstr")]
            found[ids] = {"fuzzy": fuzzy, "spanish": spanish}
    return found


def faults(catalogue: str) -> list[str]:
    """Return what is missing, guessed, or has other placeholders than the English."""
    found = []
    for ids, entry in entries(catalogue).items():
        if entry["fuzzy"]:
            found.append(f"fuzzy: {ids[0]}")
        if not all(entry["spanish"]):
            found.append(f"not translated: {ids[0]}")
        wanted = sorted(PLACEHOLDER.findall(ids[-1]))
        found += [f"placeholders: {t}" for t in entry["spanish"] if t and sorted(PLACEHOLDER.findall(t)) != wanted]
    return found


@pytest.fixture(scope="module")
def extracted(tmp_path_factory) -> str:
    """Extract all texts afresh, into a copy of the sources and of the catalogue."""
    if shutil.which("xgettext") is None:
        pytest.fail("gettext is not installed; run make setup")
    copy = tmp_path_factory.mktemp("sources") / "backend"
    shutil.copytree(BACKEND, copy, ignore=shutil.ignore_patterns("__pycache__", "vendor", "*.mo"))
    command = [sys.executable, "manage.py", "makemessages", "-l", "es", "--no-location", "--no-wrap", "--no-obsolete"]
    environment = {**os.environ, "CAMERA_REGISTRY_VAR": str(copy.parent / "var")}
    subprocess.run(command, cwd=copy, env=environment, check=True, capture_output=True)
    return (copy / SPANISH).read_text(encoding="utf-8")


def test_every_text_has_a_spanish_one_with_the_same_placeholders(extracted):
    assert len(entries(extracted)) > 200
    assert faults(extracted) == []


def test_the_catalogue_holds_no_text_that_is_gone(extracted):
    assert set(entries((BACKEND / SPANISH).read_text(encoding="utf-8"))) == set(entries(extracted))


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ('msgstr "Su nombre"', 'msgstr ""', "not translated: Your name"),
        ('msgid "Your name"', '#, fuzzy\nmsgid "Your name"', "fuzzy: Your name"),
        ('msgstr "Cámara %(number)s"', 'msgstr "Cámara %(numero)s"', "placeholders: Cámara %(numero)s"),
    ],
)
def test_a_planted_fault_is_found(extracted, right, wrong, fault):
    assert right in extracted
    assert faults(extracted.replace(right, wrong, 1)) == [fault]


def test_what_is_compiled_is_what_is_written():
    compiled = BACKEND / SPANISH.with_suffix(".mo")
    with compiled.open("rb") as file:
        spoken = gettext.GNUTranslations(file)
    for ids, entry in entries((BACKEND / SPANISH).read_text(encoding="utf-8")).items():
        assert spoken.gettext(ids[0]) == entry["spanish"][0] or len(ids) > 1
