"""The zip passes the upload rules, and each rule is seen to refuse what it is there for."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from scripts import package


@pytest.fixture(scope="module")
def good_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dist") / "plugin.zip"
    package.build(target)
    return target


def with_file(good: Path, target: Path, name: str, content: str) -> Path:
    shutil.copyfile(good, target)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(name, content)
    return target


def test_the_zip_of_this_tree_has_no_finding(good_zip: Path) -> None:
    assert package.findings(good_zip) == []


def test_the_same_tree_makes_the_same_zip(good_zip: Path, tmp_path: Path) -> None:
    package.build(tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == good_zip.read_bytes()


PLANTED_KEY = "".join(["AKIA", "Q3EGRZKX", "7PLMTW2B"])  # joined here, so that this file holds nothing to find


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("camera_registry_plugin/native.so", "ELF", "does not belong"),
        ("camera_registry_plugin/tests/test_x.py", "x = 1", "does not belong"),
        ("camera_registry_plugin/__pycache__/x.pyc", "", "does not belong"),
        ("elsewhere/x.py", "x = 1", "is outside"),
        ("camera_registry_plugin/new_syntax.py", "match 1:\n    case 1: pass\n", "does not parse"),
        ("camera_registry_plugin/shell.py", "import subprocess\nsubprocess.call('ls', shell=True)\n", "B602"),
        ("camera_registry_plugin/secret.py", f"key = '{PLANTED_KEY}'\n", "AWS Access Key"),
    ],
)
def test_what_the_plugin_site_refuses_is_found(
    good_zip: Path, tmp_path: Path, name: str, content: str, word: str
) -> None:
    found = package.findings(with_file(good_zip, tmp_path / "bad.zip", name, content))
    assert any(word in finding for finding in found), found


@pytest.mark.parametrize("missing", ["camera_registry_plugin/LICENSE", "camera_registry_plugin/metadata.txt"])
def test_a_zip_without_licence_or_metadata_is_refused(good_zip: Path, tmp_path: Path, missing: str) -> None:
    target = tmp_path / "bad.zip"
    with zipfile.ZipFile(good_zip) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            if name != missing:
                archive.writestr(name, source.read(name))
    assert any("is missing" in finding for finding in package.findings(target))
