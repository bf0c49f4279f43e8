"""Asks a server whose address a person typed, without being led to addresses that are nobody else's business."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from django.conf import settings

SILENT_SECONDS = 10.0
ALL_SECONDS = 120.0
ONE_ANSWER_BYTES = 16_000_000
ALL_BYTES = 64_000_000
# Addresses that stand for an IPv4 address behind a translator.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class ServerRefused(Exception):
    """The server must not be asked, or its answer cannot be used; the message never quotes what it sent."""


@dataclass
class GuardedServer:
    """One server, asked by POST with forms and answering in JSON; a token travels in the form, never in an address.

    Each connection goes to an address that was checked just before, so a name that changes its address between check
    and use gains nothing. Redirects are not followed. Time (seconds) and bytes are limited over all questions.
    """

    address: str
    token: str = field(default="", repr=False)
    _ends: float = field(default_factory=lambda: time.monotonic() + ALL_SECONDS)
    _bytes: int = 0

    def __post_init__(self) -> None:
        self._parts = _split(self.address)

    def ask(self, path: str = "", **values: str | int) -> dict[str, Any]:
        """POST to the address with `path` behind it and return the JSON object. Raises ServerRefused."""
        form = {"f": "json", **values, **({"token": self.token} if self.token else {})}
        try:
            answer = json.loads(self._post(path, urlencode(form).encode()))
        except (ValueError, RecursionError) as error:
            raise ServerRefused("The server did not answer with JSON. Is this the address of a layer?") from error
        if not isinstance(answer, dict):
            raise ServerRefused("The server's answer is not a JSON object. Is this the address of a layer?")
        return answer

    def _post(self, path: str, body: bytes) -> bytes:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "camera-registry",
        }
        try:
            with self._connected() as connection:
                connection.request("POST", self._parts.path.rstrip("/") + path, body, headers)
                answer = connection.getresponse()
                if 300 <= answer.status < 400:
                    raise ServerRefused("The server redirects elsewhere. Give the address where the layer itself lies.")
                if answer.status in {401, 403}:
                    raise ServerRefused("The server wants a token, or does not accept this one.")
                if answer.status != 200:
                    raise ServerRefused(f"The server answered with status {answer.status}.")
                return self._read(answer)
        except ssl.SSLError as error:
            raise ServerRefused("The server's certificate is not valid, or it speaks no TLS.") from error
        except (OSError, http.client.HTTPException) as error:
            raise ServerRefused("The connection to the server broke off, or it did not answer in time.") from error

    def _read(self, answer: http.client.HTTPResponse) -> bytes:
        pieces, size = [], 0
        while piece := answer.read1(65_536):
            size += len(piece)
            self._bytes += len(piece)
            if size > ONE_ANSWER_BYTES or self._bytes > ALL_BYTES:
                raise ServerRefused("The server sends more than a list of cameras can hold.")
            pieces.append(piece)
        if time.monotonic() > self._ends:  # our own alarm looks like the end of the answer
            raise ServerRefused(f"The server takes longer than {ALL_SECONDS:g} seconds.")
        return b"".join(pieces)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[http.client.HTTPConnection]:
        """Connect for one question, and break the connection off when the time is over.

        A limit on each read alone would let a server that sends a byte at a time hold us for days.
        """
        remaining = self._ends - time.monotonic()
        if remaining <= 0:
            raise ServerRefused(f"The server takes longer than {ALL_SECONDS:g} seconds.")
        host, is_tls = self._parts.hostname or "", self._parts.scheme == "https"
        port = self._parts.port or (443 if is_tls else 80)
        plain = socket.create_connection((checked_address(host, port, is_tls), port), min(SILENT_SECONDS, remaining))
        handle = plain.dup()  # wrapping takes the socket itself away
        alarm = threading.Timer(remaining, _break_off, [handle])
        alarm.daemon = True
        alarm.start()
        connection = http.client.HTTPConnection(host, port)
        connection.sock = plain
        try:
            if is_tls:
                connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
            yield connection
        finally:
            alarm.cancel()
            connection.close()
            handle.close()


def _break_off(handle: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it ended in the same moment
        handle.shutdown(socket.SHUT_RDWR)


def checked_address(host: str, port: int, is_tls: bool) -> str:
    """Return one address of the host's. Raises ServerRefused when any of them must not be asked."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ServerRefused("There is no server of this name.") from error
    addresses = [str(each[4][0]).split("%")[0] for each in found]
    for text in addresses:
        address = ipaddress.ip_address(text)
        if not settings.IMPORT_FROM_PRIVATE_ADDRESSES and not _is_public(address):
            raise ServerRefused("This server lies in a private network, which is not asked.")
        if not is_tls and not address.is_loopback:
            raise ServerRefused("The address must begin with https://.")
    return addresses[0]


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and (
        address in _NAT64 or address.ipv4_mapped or address.sixtofour or address.teredo
    ):
        return False
    return address.is_global and not address.is_multicast


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address.strip())
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError as error:
        raise ServerRefused("This is not an address of a server.") from error
    plain = address.strip().isascii() and not any(character.isspace() for character in address.strip())
    if parts.scheme not in {"https", "http"} or not parts.hostname or not port_is_fine or not plain:
        raise ServerRefused("The address must begin with https://.")
    if parts.username or parts.password:
        raise ServerRefused("The address must hold no name and no password. Give a token in its own field.")
    if parts.query or parts.fragment:
        raise ServerRefused("Give the address without what follows the question mark; a token has its own field.")
    return parts
