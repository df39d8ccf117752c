"""What an organization has sealed opens nowhere once its keys are destroyed."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from askorac.sealing import KeyRevoked, keyrings
from askorac.tenancy.context import tenant
from askorac.testing.people import Customer
from keys.destruction import destroy_keys
from keys.layers import DESTROYED, installation_service
from keys.models import DataKey, KeyState
from keys.services.local import LocalService
from keys.tests.sealed_rows import everything, opened, seal_rows


@pytest.fixture
def customer(organization: Customer) -> Customer:
    seal_rows(organization)
    return organization


def backup(customer: Customer) -> list[Any]:
    """The rows of the data keys, as a dump of the database holds them."""
    with tenant(customer.id), connection.cursor() as cursor:
        cursor.execute("SELECT id, wrapped, own_service_id FROM keys_datakey")
        return list(cursor.fetchall())


def restore(customer: Customer, rows: list[Any]) -> None:
    with tenant(customer.id), connection.cursor() as cursor:
        for row_id, wrapped, own_service_id in rows:
            cursor.execute(
                "UPDATE keys_datakey SET wrapped = %s, own_service_id = %s WHERE id = %s",
                [wrapped, own_service_id, row_id],
            )
    keyrings.forget(customer.id)


def test_restored_backup_opens_nothing(customer: Customer) -> None:
    dump = backup(customer)
    assert opened(customer) == everything()
    assert destroy_keys(organization_id=customer.id, now=timezone.now()) is True
    with pytest.raises(KeyRevoked) as raised:
        opened(customer)
    assert raised.value.sentence == DESTROYED
    restore(customer, dump)
    with pytest.raises(KeyRevoked):
        opened(customer)


def test_restored_backup_opens_what_was_not_destroyed(customer: Customer) -> None:
    dump = backup(customer)
    with tenant(customer.id):
        DataKey.objects.update(wrapped=b"")
    restore(customer, dump)
    assert opened(customer) == everything()


def test_destroyed_keys_are_not_made_anew(customer: Customer) -> None:
    destroy_keys(organization_id=customer.id, now=timezone.now())
    for _ in range(2):
        keyrings.forget(customer.id)
        with pytest.raises(KeyRevoked):
            keyrings.of(customer.id)
    with tenant(customer.id):
        assert {bytes(row.wrapped) for row in DataKey.objects.all()} == {b""}
        assert KeyState.objects.get().state == "revoked"
    service = installation_service()
    assert isinstance(service, LocalService)
    assert not (service.folder / str(customer.id)).exists()


def test_destroyed_again_nothing_happens(customer: Customer, stranger: Customer) -> None:
    seal_rows(stranger)
    for _ in range(2):
        destroy_keys(organization_id=customer.id, now=timezone.now())
    assert opened(stranger) == everything()


def test_command_wants_the_name(customer: Customer) -> None:
    with pytest.raises(CommandError):
        call_command("destroy_keys", str(customer.id), "--name=Another")
    assert opened(customer) == everything()
    told = StringIO()
    call_command("destroy_keys", str(customer.id), "--name=Acme", stdout=told)
    assert told.getvalue() == (
        "The keys are destroyed: nothing of this organization opens again.\n"
    )
    with pytest.raises(KeyRevoked):
        opened(customer)
