"""The byte search finds what it is there to find; a search that finds nothing anywhere would prove nothing."""

from __future__ import annotations

import base64
import gzip
import urllib.parse
import zipfile
import zlib
from pathlib import Path

import pytest

from tests import byte_search

VALUE = "Canary Q. Example +1 (555) 010-7788"


@pytest.mark.parametrize("before", [b"", b"x", b"xy", b"xyz"])
@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text,
        lambda text: text.decode().encode("utf-16-le"),
        lambda text: text.decode().encode("utf-16-be"),
        base64.b64encode,
        base64.urlsafe_b64encode,
        lambda text: urllib.parse.quote(text).encode(),
        lambda text: urllib.parse.quote_plus(text).encode(),
        lambda text: text.hex().encode(),
        gzip.compress,
        zlib.compress,
        bytes.upper,
    ],
)
def test_a_planted_value_is_found_in_every_form_and_place(tmp_path: Path, before: bytes, encode: object) -> None:
    (tmp_path / "file.bin").write_bytes(encode(before + VALUE.encode() + b" and more"))  # type: ignore[operator]
    assert byte_search.find([tmp_path], [VALUE])


def test_a_planted_value_is_found_inside_a_zip_and_in_a_file_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "project.qgz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.qgs", f"<title>{VALUE}</title>")
    assert "zip member project.qgs" in byte_search.find([tmp_path], [VALUE])[0]
    (tmp_path / "canary-7788.txt").write_text("nothing")
    assert "(name)" in byte_search.find([tmp_path], ["canary-7788"])[0]


def test_nothing_is_found_where_nothing_was_planted(tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("a registered camera")
    assert byte_search.find([tmp_path], [VALUE]) == []
