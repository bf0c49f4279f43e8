"""Asks a registry for JSON over a `requests` session: its origin only, with caps, time limits, retries and cancel.

The session brings the network with it: a plain one in a headless sync, one over QGIS's network manager in QGIS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from camera_registry_plugin.registry.errors import (
    AccessEnded,
    BadResponse,
    ConfigurationError,
    NotSignedIn,
    SourceUnreachable,
    StartOver,
)

from . import addresses, body
from .retries import WORTH_RETRYING, Pacing, retry_after_seconds, utc_now

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WIRE_CODE = re.compile(r"[a-z_]{1,40}").fullmatch
_SMALL = 64 * 1024  # an error's body is a code and a sentence

_SIGN_IN_AGAIN = "Fetch a new one from the registry's web page and enter it."
_UNAUTHORISED = {  # by the wire code without its "token_"
    "unknown": f"The registry does not know this token. Check that it was copied whole. {_SIGN_IN_AGAIN}",
    "expired": f"This token has expired. {_SIGN_IN_AGAIN}",
    "missing": "The registry asks for a token and none was sent. Choose or make an authentication "
    "configuration (user name: token, password: your token), then sync again.",
}
_UNAUTHORISED_OTHERWISE = f"The registry did not accept this sign-in. {_SIGN_IN_AGAIN}"


class Transport:
    """A client of one registry. `base` is its address; every request stays in that origin.

    Raises the errors of `registry.errors`; their messages name the registry's origin, never a token, a query or
    anything the registry wrote.
    """

    def __init__(self, base: str, session: Any, pacing: Pacing | None = None) -> None:
        self.base = addresses.base_address(base)
        self.origin = addresses.origin(self.base)
        self._session = session
        self._pacing = pacing or Pacing()
        self._total_bytes = 0

    def check_cancelled(self) -> None:
        """Raise Cancelled or, after too long a time, SourceUnreachable."""
        self._pacing.check()

    @property
    def page_limit(self) -> int:
        """How many pages one sync may ask for."""
        return self._pacing.limits.pages

    def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the JSON object at `path` (with a leading slash) below the registry's address."""
        url = self.base + path + (f"?{urlencode(query)}" if query else "")
        attempts = self._pacing.limits.attempts
        for attempt in range(attempts):
            self._pacing.check()
            try:
                status, headers, data = self._ask(url)
            except _Transient as failure:
                if attempt == attempts - 1:
                    raise self._unreachable(failure.reason) from None
                self._pacing.pause(attempt, None)
                continue
            if status not in WORTH_RETRYING:
                return self._read(status, headers, data)
            if attempt == attempts - 1:
                break
            self._pacing.pause(attempt, retry_after_seconds(headers.get("Retry-After"), utc_now()))
        raise SourceUnreachable(
            f"The registry at {self.origin} is in trouble or too busy. The last snapshot stays; sync again later.",
            f"HTTP {status} after {attempts} attempts",
        )

    def _ask(self, url: str) -> tuple[int, Mapping[str, str], bytes]:
        """One request, with redirects inside the origin followed: status, headers and the decompressed body."""
        for _ in range(self._pacing.limits.redirects + 1):
            response = self._send(url)
            try:
                if response.status_code in _REDIRECTS and "Location" in response.headers:
                    url = addresses.follow(url, response.headers["Location"])
                    continue
                return response.status_code, response.headers, self._body(response)
            finally:
                response.close()
        raise BadResponse(f"{self.origin} sends in circles. Check the address of the registry.")

    def _send(self, url: str) -> Any:
        import requests

        if self._session.verify is False:
            raise ConfigurationError("The registry's certificate must be checked; this cannot be switched off.")
        limits = self._pacing.limits
        try:
            return self._session.get(
                url,
                headers={"Accept": "application/geo+json, application/json", "Accept-Encoding": "gzip"},
                timeout=(limits.connect_seconds, limits.read_seconds),
                allow_redirects=False,
                stream=True,
            )
        except requests.exceptions.SSLError as error:
            raise SourceUnreachable(
                f"The certificate of {self.origin} is not trusted, so nothing was sent. Ask the registry's "
                "administrator; a certificate authority of your own goes into QGIS's authorities or --ca-file.",
                type(error).__name__,
            ) from None
        except (requests.exceptions.RequestException, OSError) as error:
            raise _Transient(type(error).__name__) from None

    def _body(self, response: Any) -> bytes:
        limits = self._pacing.limits
        most = _SMALL if response.status_code >= 400 else limits.response_bytes
        most = min(most, limits.total_bytes - self._total_bytes)
        try:
            data = body.read_capped(response, most, self._pacing.check)
        except BadResponse:
            if response.status_code < 400:
                raise
            return b""  # the status says enough; a long or broken error page adds nothing
        except (body.TruncatedBody, OSError) as error:
            raise _Transient(type(error).__name__) from None
        self._total_bytes += len(data)
        return data

    def _unreachable(self, reason: str) -> SourceUnreachable:
        return SourceUnreachable(
            f"The registry at {self.origin} cannot be reached. The last snapshot stays. Check the network and the "
            "address, then sync again.",
            reason,
        )

    def _read(self, status: int, headers: Mapping[str, str], data: bytes) -> dict[str, Any]:
        if status == 200:
            return body.parse_json(data, headers.get("Content-Type", ""))
        code = _wire_code(data)
        if status == 401:
            raise NotSignedIn(_UNAUTHORISED.get(code.replace("token_", ""), _UNAUTHORISED_OTHERWISE), code)
        if status == 403:
            raise AccessEnded(
                "Your access to this registry has ended; its cameras were removed from this machine. "
                "If that is a mistake, ask the registry's administrator.",
                code,
            )
        if status == 410 or code == "bad_cursor":
            raise StartOver("What you may see has changed; everything is fetched anew.", code)
        if status == 404:
            raise ConfigurationError(f"There is no camera registry at this address: {self.base}. Check the address.")
        host = urlsplit(self.base).hostname
        raise BadResponse(
            f"The registry at {host} refused the request (HTTP {status}). Sync again; if it stays so, tell its "
            "administrator.",
            code,
        )


class _Transient(Exception):
    """A failure on the way that may not happen again; `reason` is the name of its class."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _wire_code(data: bytes) -> str:
    """The code of an error answer, or nothing; its description is the server's text and is left unread."""
    try:
        code = body.parse_json(data, "").get("code", "")
    except BadResponse:
        return ""
    return code if isinstance(code, str) and _WIRE_CODE(code) else ""
