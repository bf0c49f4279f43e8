"""Decides who is reading: takes the token from a request and says no in the words of the wire."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone

from disclosure.models import AccessToken
from disclosure.reading import ROLES_THAT_READ
from disclosure.tokens import find
from registrations.models import Agency

BASIC_USER = "token"
CHALLENGE = 'Basic realm="Camera Registry", Bearer'


class AccessRefused(Exception):
    """The caller may not read; `status` is 401 while a better token would help, 403 when access has ended."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.code = code
        self.description = description


@dataclass(frozen=True)
class Reader:
    """Who reads: one role in one agency."""

    agency: Agency
    role: str


def reader_of(request: HttpRequest) -> Reader:
    """Return who sent `request`, by its Bearer token or by Basic with the user `token`. Raises AccessRefused."""
    record = find(_presented_token(request))
    if record is None:
        raise AccessRefused(401, "token_unknown", "This token is not known here. Check that it was copied whole.")
    return _reader(record)


def _reader(record: AccessToken) -> Reader:
    # Ended access is told before an expired token: it is the answer on which a reader deletes its copies.
    if record.disabled_at is not None:
        raise AccessRefused(403, "access_ended", "Access with this token has ended.")
    if record.role not in ROLES_THAT_READ:
        raise AccessRefused(403, "access_ended", f"The role {record.role} does not read the feed.")
    if record.expires_at <= timezone.now():
        raise AccessRefused(401, "token_expired", "This token has expired. Ask your administrator for a new one.")
    return Reader(record.agency, record.role)


def _presented_token(request: HttpRequest) -> str:
    scheme, _, credentials = request.headers.get("Authorization", "").strip().partition(" ")
    credentials = credentials.strip()
    if scheme.lower() == "bearer" and credentials:
        return credentials
    if scheme.lower() == "basic" and credentials:
        return _password(credentials)
    raise AccessRefused(
        401,
        "token_missing",
        f'Send your token: "Authorization: Bearer TOKEN", or Basic with the user "{BASIC_USER}" and it as password.',
    )


def _password(credentials: str) -> str:
    try:
        user, _, password = base64.b64decode(credentials, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user, password = "", ""
    if user != BASIC_USER or not password:
        raise AccessRefused(
            401, "token_unknown", f'With Basic authentication the user is "{BASIC_USER}" and the password your token.'
        )
    return password
