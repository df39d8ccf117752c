"""The wrapping key, rotated on demand: the data keys stay what they are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connections
from django.utils import timezone

from askorac.jobs.leases import Lease, enqueue, hold
from askorac.jobs.models import State
from askorac.jobs.tasks import wake
from askorac.sealing import blobs, keyrings
from askorac.tenancy.context import tenant
from askorac.testing.people import Customer
from keys import layers
from keys.models import DataKey
from keys.rewrapping import REWRAP
from keys.rotation import rotate_wrapping_key
from keys.tests.dying import die
from keys.tests.sealed_rows import do, everything, job_of, opened, seal_rows
from projects.models import AuditEvent


@pytest.fixture
def customer(organization: Customer) -> Customer:
    seal_rows(organization)
    return organization


def rotate(customer: Customer) -> None:
    rotate_wrapping_key(organization_id=customer.id, by=customer.actor, now=timezone.now())


def wrapping_versions(customer: Customer) -> set[int]:
    with tenant(customer.id):
        return {blobs.version_of(bytes(row.wrapped)) for row in DataKey.objects.all()}


def test_wrapping_key_rotated_and_every_data_key_is_wrapped_anew(customer: Customer) -> None:
    ring = keyrings.of(customer.id)
    assert wrapping_versions(customer) == {1}
    rotate(customer)
    assert wrapping_versions(customer) == {1}
    assert do(customer, REWRAP).state == State.READY
    assert wrapping_versions(customer) == {2}
    assert keyrings.of(customer.id).keys == ring.keys
    assert opened(customer) == everything()
    with tenant(customer.id):
        assert AuditEvent.objects.filter(action="wrapping_key.rotated").count() == 1


@pytest.mark.parametrize(
    ("before", "call"),
    [
        ("keys.layers:Layers.rewrap", 1),
        ("keys.layers:Layers.rewrap", 2),
        ("keys.rewrapping:_keep", 1),
        ("keys.rewrapping:_keep", 2),
        ("askorac.sealing.keyrings:forget", 1),
    ],
)
def test_killed_at_any_step_everything_opens_and_the_rest_is_done(
    customer: Customer, before: str, call: int
) -> None:
    rotate(customer)
    die(customer.id, job_of(customer, REWRAP).pk, before=before, call=call)
    keyrings.forget(customer.id)
    assert opened(customer) == everything()
    assert do(customer, REWRAP).state == State.READY
    assert wrapping_versions(customer) == {2}
    keyrings.forget(customer.id)
    assert opened(customer) == everything()


def test_service_changed_while_keys_are_wrapped_lets_both_end(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotate(customer)
    is_locked, is_held = Event(), Event()

    def hold_and_say(lease: Lease) -> None:
        hold(lease)
        is_held.set()

    def change() -> None:
        """As who leaves a service: the keys first, and then the job, which begins anew."""
        try:
            with tenant(customer.id):
                layers.lock()
                is_locked.set()
                is_held.wait(2)  # which it is not to be while the keys are locked
                now = timezone.now()
                enqueue(kind=REWRAP, target_id=customer.id, now=now, wake=wake, restarts=True)
        finally:
            connections.close_all()

    monkeypatch.setattr("keys.rewrapping.hold", hold_and_say)
    with ThreadPoolExecutor(1) as threads:
        changing = threads.submit(change)
        is_locked.wait(60)
        do(customer, REWRAP)
        assert not is_held.is_set()
        changing.result(60)
    assert do(customer, REWRAP).state == State.READY
    assert opened(customer) == everything()
