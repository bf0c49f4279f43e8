"""Registering, changing, publishing and withdrawing are all or nothing, and a withdrawal ends every copy."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from registrations import contacts, keystore, services
from registrations.models import Camera, Contact, ImportedRow, Registration, RegistrationKey
from registrations.services import CameraDetails, NotAllowed, SiteDetails
from registrations.signals import registration_changed, registration_withdrawn, registrations_changed

from .factories import HELSINKI, make_agency, make_contact, make_registration

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@contextmanager
def listening(signal, receiver):
    signal.connect(receiver, weak=False)
    try:
        yield
    finally:
        signal.disconnect(receiver)


def fail(*args, **kwargs):
    raise RuntimeError("planted")


def test_registering_stores_the_site_its_cameras_and_a_readable_contact():
    contact = make_contact()
    registration = make_registration(contact=contact).registration
    assert registration.state == "pending"
    assert registration.site.coords == HELSINKI
    assert registration.cameras.count() == 2
    assert contacts.read(registration) == contact


def test_a_registration_without_a_position_is_stored_but_cannot_be_published():
    registration = make_registration(site=SiteDetails()).registration
    with pytest.raises(NotAllowed, match="no place"):
        services.publish(registration)
    services.place(registration, HELSINKI)
    assert services.publish(registration).state == "published"


def test_a_registration_without_consent_cannot_be_published():
    registration = make_registration(consent=None).registration
    with pytest.raises(NotAllowed, match="consent"):
        services.publish(registration)
    registration.refresh_from_db()
    assert registration.state == "pending"


@pytest.mark.parametrize("count", [0, 101])
def test_a_wrong_number_of_cameras_is_refused_and_leaves_nothing(count):
    make_agency()
    with pytest.raises(NotAllowed):
        make_registration(cameras=[CameraDetails()] * count)
    assert not Registration.objects.exists()
    assert not RegistrationKey.objects.exists()


def test_a_failing_receiver_undoes_a_registration_and_its_key():
    make_agency()
    with listening(registration_changed, fail), pytest.raises(RuntimeError):
        make_registration()
    assert not Registration.objects.exists()
    assert not RegistrationKey.objects.exists()


def test_every_write_is_announced_inside_its_transaction():
    seen = []
    with listening(registration_changed, lambda registration, **_: seen.append(registration.state)):
        registration = make_registration().registration
        services.publish(registration)
        services.change(registration, contact=make_contact())
        services.suspend(registration)
    assert seen == ["pending", "published", "published", "suspended"]


def test_many_writes_are_announced_once_and_a_failure_undoes_them_all():
    make_agency()
    seen = []
    with (
        listening(registrations_changed, lambda registrations, **_: seen.append(len(registrations))),
        listening(registration_changed, fail),
        services.announced_together(),
    ):
        for _ in range(3):
            make_registration()
        assert seen == []
    assert seen == [3]
    with listening(registrations_changed, fail), pytest.raises(RuntimeError), services.announced_together():
        make_registration()
    assert Registration.objects.count() == RegistrationKey.objects.count() == 3


def test_changing_one_camera_leaves_the_others_and_their_ids():
    registration = make_registration().registration
    first, second = registration.cameras.order_by("id")
    services.change(registration, cameras=[(first.id, CameraDetails(retention_hours=72.0))])
    assert set(registration.cameras.values_list("id", "retention_hours")) == {(first.id, 72.0), (second.id, None)}


def test_a_camera_of_another_registration_cannot_be_changed():
    mine, other = make_registration().registration, make_registration().registration
    with pytest.raises(NotAllowed):
        services.change(mine, cameras=[(other.cameras.first().id, CameraDetails(retention_hours=1.0))])
    assert not Camera.objects.filter(retention_hours=1.0).exists()


def test_a_published_registration_cannot_lose_its_place():
    registration = make_registration(published=True).registration
    with pytest.raises(NotAllowed):
        services.change(registration, site=SiteDetails())
    registration.refresh_from_db()
    assert registration.site is not None


def test_withdrawal_deletes_everything_and_is_announced_before_the_rows_go():
    registration = make_registration(published=True).registration
    cameras_when_announced = []
    with listening(
        registration_withdrawn, lambda registration, **_: cameras_when_announced.append(registration.cameras.count())
    ):
        services.withdraw(registration)
    assert cameras_when_announced == [2]
    for model in (Registration, Contact, Camera, RegistrationKey):
        assert not model.objects.exists()


def test_an_old_copy_of_the_database_with_todays_keys_opens_nothing_after_a_withdrawal():
    kept, gone = make_registration().registration, make_registration().registration
    old_copy = {row.registration_id: bytes(row.ciphertext) for row in Contact.objects.all()}
    assert contacts.decrypt(gone.id, old_copy[gone.id], keystore.read_key(gone.id))
    services.withdraw(gone)
    with pytest.raises(keystore.KeyUnavailable):
        keystore.read_key(gone.id)
    with pytest.raises(contacts.ContactUnreadable):
        contacts.decrypt(gone.id, old_copy[gone.id], keystore.read_key(kept.id))
    assert contacts.read(kept)


def test_a_withdrawal_whose_key_cannot_be_destroyed_changes_nothing(monkeypatch):
    contact = make_contact()
    registration = make_registration(contact=contact).registration
    monkeypatch.setattr(keystore, "destroy_key", fail)
    with pytest.raises(RuntimeError):
        services.withdraw(registration)
    assert contacts.read(Registration.objects.get()) == contact
    assert Camera.objects.count() == 2


def test_a_withdrawal_whose_announcement_fails_keeps_the_key():
    contact = make_contact()
    registration = make_registration(contact=contact).registration
    with listening(registration_withdrawn, fail), pytest.raises(RuntimeError):
        services.withdraw(registration)
    assert contacts.read(Registration.objects.get()) == contact


def test_a_second_withdrawal_of_the_same_registration_is_no_error():
    seen = []
    registration = make_registration().registration
    services.withdraw(registration)
    with listening(registration_withdrawn, lambda **_: seen.append(1)):
        services.withdraw(registration)
    assert seen == []


def test_withdrawing_an_imported_row_deletes_what_was_remembered_of_it():
    registration = make_registration().registration
    ImportedRow.objects.create(
        source_hash="a" * 64, content_hash="b" * 64, registration=registration, camera=registration.cameras.first()
    )
    services.withdraw(registration)
    assert not ImportedRow.objects.exists()
