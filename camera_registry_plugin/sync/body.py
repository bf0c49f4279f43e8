"""Reads the body of an answer piece by piece, capped before and after decompression, and parses it strictly."""

from __future__ import annotations

import http.client
import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from camera_registry_plugin.registry.errors import BadResponse

CHUNK_BYTES = 64 * 1024
NOT_DATA = "The address answered with a web page, not with data: check the address of the registry."
BROKEN = "The registry's answer is not valid data. Sync again; if it stays so, tell the registry's administrator."


class TruncatedBody(Exception):
    """The connection ended before the announced end of the body."""


def read_capped(response: Any, most: int, check: Callable[[], None]) -> bytes:
    """Return the decompressed body of a streamed `requests` response, of at most `most` bytes.

    `check` is called between chunks and may raise, for cancellation and time. Raises BadResponse beyond the cap or
    for an encoding that was not asked for, TruncatedBody where bytes are missing, OSError where the connection fails.
    """
    decompress = _decompressor(response.headers.get("Content-Encoding", "identity").strip().lower())
    parts: list[bytes] = []
    total = 0
    for chunk in _raw_chunks(response, check):
        piece = decompress(chunk, most - total + 1)
        total += len(piece)
        if total > most:
            raise BadResponse(
                f"The registry sent more than {most // (1024 * 1024) or 1} MB in one answer. It was not read further; "
                "tell the registry's administrator."
            )
        parts.append(piece)
    return b"".join(parts)


def _raw_chunks(response: Any, check: Callable[[], None]) -> Iterator[bytes]:
    """The body as it arrives. http.client's read1 returns what is there, where read would wait for a full chunk
    and so let a server that drips one byte a second hold the sync for hours."""
    raw = response.raw
    read1 = getattr(getattr(raw, "_fp", None), "read1", None) or raw.read1
    announced = response.headers.get("Content-Length", "")
    received = 0
    while True:
        check()
        try:
            chunk = read1(CHUNK_BYTES)
        except (http.client.HTTPException, ValueError) as error:
            raise TruncatedBody(type(error).__name__) from error
        if not chunk:
            break
        received += len(chunk)
        yield chunk
    if announced.isdigit() and received < int(announced):
        raise TruncatedBody(f"{received} of {announced} bytes")
    raw.read(decode_content=False)  # lets urllib3 see the end, so that it keeps the connection for the next page


def _decompressor(encoding: str) -> Callable[[bytes, int], bytes]:
    """A function of (compressed chunk, most bytes wanted) that never produces more than it was asked for."""
    if encoding in ("", "identity"):
        return lambda chunk, most: chunk[:most]
    if encoding not in ("gzip", "x-gzip"):
        raise BadResponse(BROKEN, "content encoding not asked for")
    stream = zlib.decompressobj(16 + zlib.MAX_WBITS)

    def decompress(chunk: bytes, most: int) -> bytes:
        try:
            return stream.decompress(chunk, most)
        except zlib.error:
            raise BadResponse(BROKEN, "gzip cannot be read") from None

    return decompress


def _refuse_constant(_name: str) -> Any:
    raise ValueError("NaN or Infinity")


def parse_json(body: bytes, content_type: str) -> dict[str, Any]:
    """Return the JSON object in a body; raise BadResponse for a web page or anything that is not strict JSON."""
    start = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<" or content_type.split(";")[0].strip().lower() in ("text/html", "application/xhtml+xml"):
        raise BadResponse(NOT_DATA)
    try:
        data = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except RecursionError:
        raise BadResponse(BROKEN, "JSON nested too deeply") from None
    except ValueError as error:  # UnicodeDecodeError and JSONDecodeError are ones; their texts may quote the body
        raise BadResponse(BROKEN, f"JSON: {type(error).__name__}") from None
    if not isinstance(data, dict):
        raise BadResponse(BROKEN, "JSON: not an object")
    return data
