"""A contact is readable only with its own key, and looks like nothing anywhere else."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from django.db import connections

from registrations import contacts, keystore
from registrations.contacts import ContactDetails
from registrations.models import Contact, RegistrationKey

from .factories import make_contact, make_registration

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def everything_in(alias: str) -> bytes:
    """Return the bytes of one database: SQLite's as they would lie in its file, PostgreSQL's as its tables' rows."""
    connection = connections[alias]
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        return connection.connection.serialize()
    stored = b""
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" TO STDOUT (FORMAT BINARY)') as rows:
            stored += b"".join(rows)
    return stored


def spellings(value: str) -> list[bytes]:
    plain = value.encode()
    return [plain, value.encode("utf-16-le"), base64.b64encode(plain).rstrip(b"="), quote(value).encode()]


@pytest.mark.parametrize("alias", ["default", "keys"])
def test_no_part_of_a_contact_is_in_clear_in_any_table(alias):
    contact = make_contact()
    registration = make_registration(contact=contact).registration
    stored = everything_in(alias)
    # The search does find what is stored: SQLite keeps an id as text, PostgreSQL as 16 bytes.
    assert (registration.id.hex.encode() if connections[alias].vendor == "sqlite" else registration.id.bytes) in stored
    for value in (contact.name, contact.phone, contact.email, contact.address, contact.unit, contact.access_notes):
        for spelling in spellings(value):
            assert spelling not in stored


def test_swapping_two_ciphertexts_opens_neither():
    one, two = make_registration().registration, make_registration().registration
    first, second = Contact.objects.get(registration=one), Contact.objects.get(registration=two)
    Contact.objects.filter(registration=one).update(ciphertext=second.ciphertext)
    Contact.objects.filter(registration=two).update(ciphertext=first.ciphertext)
    for registration in (one, two):
        with pytest.raises(contacts.ContactUnreadable):
            contacts.read(registration)


def test_a_key_moved_to_another_registration_opens_nothing():
    one, two = make_registration().registration, make_registration().registration
    wrapped = RegistrationKey.objects.get(registration_id=one.id).wrapped_key
    RegistrationKey.objects.filter(registration_id=two.id).update(wrapped_key=wrapped)
    with pytest.raises(keystore.KeyUnavailable):
        keystore.read_key(two.id)


def test_one_flipped_bit_is_noticed():
    registration = make_registration().registration
    row = Contact.objects.get(registration=registration)
    damaged = bytearray(row.ciphertext)
    damaged[-1] ^= 1
    Contact.objects.filter(registration=registration).update(ciphertext=bytes(damaged))
    with pytest.raises(contacts.ContactUnreadable):
        contacts.read(registration)


def test_data_keys_are_stored_wrapped():
    registration = make_registration().registration
    key = keystore.read_key(registration.id)
    assert key not in bytes(RegistrationKey.objects.get().wrapped_key)


def test_lookups_ignore_spelling_but_not_content():
    assert contacts.address_lookup("Mannerheimintie 5 A") == contacts.address_lookup("  mannerheimintie 5, a ")
    assert contacts.address_lookup("Mannerheimintie 5 A") != contacts.address_lookup("Mannerheimintie 5 B")
    assert contacts.address_lookup("Main St 1", "2") != contacts.address_lookup("Main St 12")
    assert contacts.email_lookup("A.Person@Example.org ") == contacts.email_lookup("a.person@example.org")
    assert contacts.email_lookup("") == contacts.address_lookup("") == ""


def test_a_printed_contact_shows_nothing():
    contact = ContactDetails(name="Somebody")
    assert "Somebody" not in f"{contact!r} {contact}"
