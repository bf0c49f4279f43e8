"""Looks for planted values in every file below a folder: clear, UTF-16, base64, URL-encoded, hex, in archives."""

from __future__ import annotations

import base64
import gzip
import io
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path


def encodings(value: str) -> dict[str, bytes]:
    """Return the byte forms in which a value could lie in a file, by name."""
    plain = value.encode()
    forms = {
        "clear": plain,
        "UTF-16 little-endian": value.encode("utf-16-le"),
        "UTF-16 big-endian": value.encode("utf-16-be"),
        "URL": urllib.parse.quote(value, safe="").encode(),
        "URL form": urllib.parse.quote_plus(value, safe="").encode(),
        "hex": plain.hex().encode(),
        "hex, capitals": plain.hex().upper().encode(),
    }
    for shift in range(3):
        # Inside a longer text the value may start at any of base64's three places; the ends that depend on the
        # neighbours are cut off.
        encoded = base64.b64encode(b"\0" * shift + plain)
        start = (0, 2, 3)[shift]
        end = len(encoded) - (0, 4, 4)[(shift + len(plain)) % 3]
        forms[f"base64, shifted {shift}"] = encoded[start:end]
        forms[f"base64url, shifted {shift}"] = encoded[start:end].translate(bytes.maketrans(b"+/", b"-_"))
    return forms


def find(folders: Iterable[Path], values: Iterable[str]) -> list[str]:
    """Return one line for each place where one of `values` lies below one of `folders`; file names count too."""
    needles = [(value, name, form) for value in values for name, form in encodings(value).items()]
    found = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            texts = [("name", path.name.encode())]
            if path.is_file() and not path.is_symlink():
                texts += list(_contents(path.read_bytes()))
            for place, text in texts:
                lowered = text.lower()
                found += [
                    f"{path} ({place}): {value!r} as {name}"
                    for value, name, form in needles
                    if form in text or (name in ("clear", "URL") and form.lower() in lowered)
                ]
    return found


def _contents(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a file's bytes, and what they hold when they are a zip, gzip or zlib stream."""
    yield "bytes", data
    if data[:4] == b"PK\3\4":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                yield f"zip member {member}", archive.read(member)
    if data[:2] == b"\x1f\x8b":
        yield "gzip", gzip.decompress(data)
    if data[:1] == b"\x78":
        try:
            yield "zlib", zlib.decompress(data)
        except zlib.error:
            return
