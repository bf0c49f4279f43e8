"""Asks a server of another organisation for JSON, and takes nothing on trust that comes back."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import requests

MAX_REPLY_BYTES = 200_000
_SECONDS_TO_CONNECT = 4.0
_SECONDS_BETWEEN_BYTES = 6.0
SECONDS_IN_ALL = 10.0
# A server that never ends its replies holds no more than these threads.
_slots = threading.BoundedSemaphore(4)


class NoAnswer(Exception):
    """There is no usable answer; `busy` when asking again later may help. Never quotes what was asked or answered."""

    def __init__(self, busy: bool = False) -> None:
        super().__init__("no usable answer")
        self.busy = busy


def get_json(url: str, query: Mapping[str, str], user_agent: str) -> Any:
    """Return what the server at `url` answers to `query`. Raises NoAnswer.

    Refused: redirects (the query would go to whom nobody named), any status but 200, anything but JSON, more than
    200 kB, compression, and answers that take longer than 10 s in all, since a reply may come byte by byte.
    """
    if not _slots.acquire(blocking=False):
        raise NoAnswer(busy=True)
    replies: queue.SimpleQueue[bytes | NoAnswer] = queue.SimpleQueue()
    worker = threading.Thread(target=_work, args=(lambda: _read(url, query, user_agent), replies), daemon=True)
    try:
        worker.start()
    except RuntimeError:
        _slots.release()
        raise NoAnswer(busy=True) from None
    try:
        reply = replies.get(timeout=SECONDS_IN_ALL)
    except queue.Empty:
        raise NoAnswer from None
    if isinstance(reply, NoAnswer):
        raise reply
    return _parsed(reply)


def _work(read: Callable[[], bytes], replies: queue.SimpleQueue[bytes | NoAnswer]) -> None:
    try:
        replies.put(read())
    except NoAnswer as error:
        replies.put(error)
    except (requests.RequestException, OSError, ValueError):
        # Its text would quote the address that was asked for, so nothing of it goes further.
        replies.put(NoAnswer())
    finally:
        _slots.release()


def _read(url: str, query: Mapping[str, str], user_agent: str) -> bytes:
    with requests.Session() as session:
        session.auth = _no_credentials
        headers = {"User-Agent": user_agent, "Accept": "application/json", "Accept-Encoding": "identity"}
        timeout = (_SECONDS_TO_CONNECT, _SECONDS_BETWEEN_BYTES)
        options: dict[str, Any] = {"timeout": timeout, "allow_redirects": False, "stream": True}
        with session.get(url, params=query, headers=headers, **options) as response:
            if response.status_code != 200:
                raise NoAnswer(busy=response.status_code in {429, 503})
            kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if kind != "application/json" or response.headers.get("Content-Encoding", "identity") != "identity":
                raise NoAnswer
            return _body(response)


def _body(response: requests.Response) -> bytes:
    body = bytearray()
    for part in response.iter_content(8_192):
        body += part
        if len(body) > MAX_REPLY_BYTES:
            raise NoAnswer
    return bytes(body)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise NoAnswer from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError("not a number")


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Stand in for a login, so that none is taken from a .netrc file."""
    return request
