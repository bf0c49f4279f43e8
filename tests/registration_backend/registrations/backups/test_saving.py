"""A backup shows nothing, lies in private files apart from its keys, and a damaged one changes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests import byte_search

PLANT = """
from dataclasses import asdict
made = [make_contact() for _ in range(5)]
for one in made: make_registration(contact=one)
print("\\n".join(value for one in made for value in asdict(one).values() if value))
backup()
"""


def test_a_backup_holds_no_contact_and_no_key_and_is_private(run, tmp_path):
    values = run(PLANT).split("\n")[:-1]
    assert len(values) >= 30
    files = [*(tmp_path / "data").iterdir(), *(tmp_path / "keys").iterdir()]
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600] * 2
    secrets = (tmp_path / "var" / "secrets.json").read_text().split('"')[3::4]
    assert len(secrets) == 5
    folders = [tmp_path / "data", tmp_path / "keys"]
    assert byte_search.find(folders, [*values, *secrets, "SQLite format 3"]) == []


def _state(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_bad_backup_is_refused_in_one_line_and_changes_nothing(run, manage, tmp_path):
    run("make_registration(make_agency()); backup()")
    (data,), (keys,) = (tmp_path / "data").iterdir(), (tmp_path / "keys").iterdir()
    whole, bad = data.read_bytes(), tmp_path / "bad"
    middle = len(whole) // 2
    cases = {
        "damaged": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "cut off": whole[:middle],
        "no backup": b"SQLite format 3" + whole,
        "follows its end": whole + b"x",
        "other kind": keys.read_bytes(),
    }
    before = _state(tmp_path / "var")
    answers = {}
    for words, content in cases.items():
        bad.write_bytes(content)
        answers[words] = manage("restore", "--data", bad)
    answers["swapped"] = manage("restore", "--data", data, "--keys", data)
    other_key = "A" * 43 + "="
    answers["is another one"] = manage("restore", "--data", data, CAMERA_REGISTRY_BACKUP_KEY=other_key)
    answers["cannot be read"] = manage("restore", "--data", tmp_path / "nowhere")
    for words, answer in answers.items():
        assert answer.returncode == 1, words
        assert "Nothing was changed" in answer.stderr
        assert answer.stderr.count("\n") == 1, answer.stderr
        assert other_key not in answer.stderr
    for words in set(answers) - {"cut off"}:
        assert words in answers[words].stderr
    assert _state(tmp_path / "var") == before


def test_keys_and_data_go_into_different_folders_and_old_keys_are_deleted(manage, tmp_path):
    for alias in ("keys", "default"):
        assert manage("migrate", "--database", alias).returncode == 0
    data, keys, var = tmp_path / "data", tmp_path / "keys", tmp_path / "var"
    for wrong in (data, data / "inside", tmp_path / "elsewhere" / ".." / "data", var, tmp_path):
        refused = manage("backup", "--data", data, "--keys", wrong)
        assert refused.returncode == 1
        assert refused.stderr.count("\n") == 1
    keys.mkdir()
    data.mkdir(exist_ok=True)
    hours = {"kept": 6 * 24 - 1, "dropped": 6 * 24 + 1}  # daily, the next backup comes in time for seven days
    stamps = {
        name: f"-{datetime.now(timezone.utc) - timedelta(hours=n):%Y%m%dT%H%M%SZ}-0123abcd.backup"
        for name, n in hours.items()
    }
    for stamp in stamps.values():
        (keys / f"keys{stamp}").write_bytes(b"")
        (data / f"registry{stamp}").write_bytes(b"")
    (keys / "mine.txt").write_bytes(b"")
    for _ in range(2):
        assert manage("backup", "--data", data, "--keys", keys).returncode == 0
    assert len(list(data.iterdir())) == 4
    left = {path.name for path in keys.iterdir()}
    assert len(left) == 4
    assert {"mine.txt", f"keys{stamps['kept']}"} < left
    one_day = manage("backup", "--data", data, "--keys", keys, CAMERA_REGISTRY_BACKUP_KEYS_KEPT_DAYS="1")
    assert one_day.returncode == 0
    left = {path.name for path in keys.iterdir()}
    assert f"keys{stamps['kept']}" not in left
    assert "mine.txt" in left


@pytest.mark.parametrize("days", ["0", "-1", "31", "7.5", "x", "٣"])
def test_the_days_for_which_keys_are_kept_are_a_whole_number(manage, days):
    refused = manage("check", CAMERA_REGISTRY_BACKUP_KEYS_KEPT_DAYS=days)
    assert refused.returncode == 1
    assert "must be a whole number of days from 1 to 30" in refused.stderr
