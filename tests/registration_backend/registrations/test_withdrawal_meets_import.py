"""Somebody withdraws in the very second in which their list is imported."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection, connections

from registrations import services
from registrations.models import Registration
from tests.registration_backend.registrations.factories import make_agency
from tests.registration_backend.registrations.lists import counts, import_list, of_row, row

PATIENCE = 20  # seconds


def wait_until_somebody_waits_for_a_lock() -> bool:
    for _ in range(PATIENCE * 20):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return True
        time.sleep(0.05)
    return False


@pytest.mark.django_db(transaction=True, databases=["default", "keys"])
def test_an_import_waits_for_a_withdrawal_and_then_refuses_the_row(tmp_path):
    if connection.vendor == "sqlite":
        pytest.skip("an embedded database lets one write at a time")
    make_agency()
    import_list(tmp_path, row(1), row(2))
    registration, written, waited = of_row(1), threading.Event(), []

    def withdraw_slowly() -> None:
        try:
            with services.both_databases():
                services.withdraw(registration)
                written.set()
                waited.append(wait_until_somebody_waits_for_a_lock())
        finally:
            written.set()
            connections.close_all()

    thread = threading.Thread(target=withdraw_slowly)
    thread.start()
    assert written.wait(PATIENCE)
    printed = import_list(tmp_path, row(1, phone="555 0199"), row(2))
    thread.join(PATIENCE)
    assert waited == [True]
    assert counts(printed) == [0, 0, 1, 1]
    assert list(Registration.objects.all()) == [of_row(2)]
