"""Versions are said once, or are seen to agree where a tool wants them said again."""

from __future__ import annotations

import re

import tomllib

from scripts.backend_process import ROOT
from scripts.metadata import read_metadata


def constraints() -> dict[str, str]:
    lines = (ROOT / "requirements" / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def test_the_versions_in_pyproject_are_those_that_setup_installs() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    pinned = dict(plugin.split("==") for plugin in tools["pytest"]["ini_options"]["required_plugins"])
    pinned["ruff"] = tools["ruff"]["required-version"].removeprefix("==")
    pinned["pytest"] = tools["pytest"]["ini_options"]["minversion"]
    installed = constraints()
    assert pinned == {name: installed[name] for name in pinned}


def test_every_requirement_is_pinned() -> None:
    installed = {name.lower() for name in constraints()}
    for name in ("backend.txt", "development.txt"):
        for line in (ROOT / "requirements" / name).read_text().splitlines():
            if line and not line.startswith(("#", "-")):
                assert line.lower().partition("[")[0] in installed


def test_the_changelog_has_a_part_for_what_is_not_released_yet() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert "## Unreleased" in changelog
    assert re.fullmatch(r"\d+\.\d+\.\d+", read_metadata()["version"])
