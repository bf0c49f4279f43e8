"""Encrypts and decrypts the contact of a registration, and hashes what has to be looked up."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import unicodedata
from dataclasses import asdict, dataclass, fields
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from registrations import keystore
from registrations.models import Contact, Registration


class ContactUnreadable(Exception):
    """The contact cannot be decrypted: its key is gone, or the stored bytes were altered."""


@dataclass(frozen=True, repr=False)
class ContactDetails:
    """Everything about a registrant that is confidential. It never shows its values when printed."""

    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    unit: str = ""
    access_notes: str = ""
    recorder: str = ""
    preferred_way: str = ""
    preferred_time: str = ""
    who_can_export: str = ""

    def __repr__(self) -> str:
        return "ContactDetails(confidential)"


_NAMES = {field.name for field in fields(ContactDetails)}


def write(registration: Registration, details: ContactDetails, key: bytes) -> Contact:
    """Encrypt `details` with the 32-byte data key and store it as the contact of `registration`."""
    contact = Contact(
        registration=registration,
        ciphertext=encrypt(registration.id, details, key),
        address_lookup=address_lookup(details.address, details.unit),
        email_lookup=email_lookup(details.email),
    )
    contact.save(force_insert=not Contact.objects.filter(registration=registration).exists())
    return contact


def read(registration: Registration) -> ContactDetails:
    """Return the contact of `registration` in clear. Raises ContactUnreadable."""
    contact = Contact.objects.filter(registration=registration).first()
    if contact is None:
        raise ContactUnreadable("This registration has no contact.")
    try:
        key = keystore.read_key(registration.id)
    except keystore.KeyUnavailable as error:
        raise ContactUnreadable(str(error)) from error
    return decrypt(registration.id, bytes(contact.ciphertext), key)


def encrypt(registration_id: UUID, details: ContactDetails, key: bytes) -> bytes:
    """Return nonce + AES-256-GCM of one JSON object, bound to the registration's id."""
    return seal(registration_id.bytes, asdict(details), key)


def decrypt(registration_id: UUID, ciphertext: bytes, key: bytes) -> ContactDetails:
    """Reverse `encrypt`. Raises ContactUnreadable."""
    stored = unseal(registration_id.bytes, ciphertext, key)
    return ContactDetails(**{name: value for name, value in stored.items() if name in _NAMES})


def seal(bound_to: bytes, values: dict[str, str], key: bytes) -> bytes:
    """Return nonce + AES-256-GCM of `values` as one JSON object that opens only together with `bound_to`."""
    nonce = secrets.token_bytes(keystore.NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, json.dumps(values, ensure_ascii=False).encode("utf-8"), bound_to)


def unseal(bound_to: bytes, ciphertext: bytes, key: bytes) -> dict[str, str]:
    """Reverse `seal`. Raises ContactUnreadable."""
    nonce, sealed = ciphertext[: keystore.NONCE_BYTES], ciphertext[keystore.NONCE_BYTES :]
    try:
        values: dict[str, str] = json.loads(AESGCM(key).decrypt(nonce, sealed, bound_to))
    except (InvalidTag, ValueError) as error:
        raise ContactUnreadable("The stored contact of this registration was altered or belongs to another.") from error
    return values


def keyed_hash(purpose: str, *parts: str) -> str:
    """Return HMAC-SHA256 of `parts` under the look-up key, as 64 hex digits; useless without that key.

    `purpose` keeps hashes of different kinds apart; the parts are length-prefixed, so they cannot run together.
    """
    message = b"".join(len(part.encode()).to_bytes(8, "big") + part.encode() for part in (purpose, *parts))
    return hmac.new(settings.SECRETS.lookup_key, message, hashlib.sha256).hexdigest()


def email_lookup(email: str) -> str:
    """Return the keyed hash of an e-mail address, blank for none; letter case does not matter."""
    normal = unicodedata.normalize("NFKC", email).strip().casefold()
    return keyed_hash("email", normal) if normal else ""


def address_lookup(address: str, unit: str = "") -> str:
    """Return the keyed hash of a street address, blank for none; case, spacing and punctuation do not matter."""
    normal = [
        re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", part).casefold()).strip() for part in (address, unit)
    ]
    return keyed_hash("address", *normal) if normal[0] else ""
