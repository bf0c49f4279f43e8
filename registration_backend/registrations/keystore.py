"""Keeps one data key a registration, wrapped, in a database apart from the contacts that it opens."""

from __future__ import annotations

import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from registrations.models import RegistrationKey

KEY_BYTES = 32
NONCE_BYTES = 12


class KeyUnavailable(Exception):
    """There is no usable key: the registration was withdrawn, or the master key is another one."""


def create_key(registration_id: UUID) -> bytes:
    """Make, store and return a fresh 32-byte data key for one registration."""
    key = secrets.token_bytes(KEY_BYTES)
    nonce = secrets.token_bytes(NONCE_BYTES)
    wrapped = nonce + _master().encrypt(nonce, key, _bound_to(registration_id))
    RegistrationKey.objects.create(registration_id=registration_id, wrapped_key=wrapped)
    return key


def read_key(registration_id: UUID) -> bytes:
    """Return the data key of one registration. Raises KeyUnavailable."""
    row = RegistrationKey.objects.filter(registration_id=registration_id).first()
    if row is None:
        raise KeyUnavailable("The key of this registration's contact does not exist any more.")
    wrapped = bytes(row.wrapped_key)
    try:
        return _master().decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _bound_to(registration_id))
    except InvalidTag as error:
        raise KeyUnavailable("The key of this registration does not fit the backend's master key.") from error


def destroy_key(registration_id: UUID) -> None:
    """Delete the data key for good; every copy of the contact becomes unreadable. A missing key is no error."""
    RegistrationKey.objects.filter(registration_id=registration_id).delete()


def _master() -> AESGCM:
    return AESGCM(settings.SECRETS.master_key)


def _bound_to(registration_id: UUID) -> bytes:
    """Tie a wrapped key to its registration, so that swapping rows in the key database opens nothing."""
    return b"data key of " + registration_id.bytes
