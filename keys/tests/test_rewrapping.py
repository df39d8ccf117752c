"""The wrapping key, rotated on demand: the data keys stay what they are."""

from __future__ import annotations

import pytest
from django.utils import timezone

from askorac.jobs.models import State
from askorac.sealing import blobs, keyrings
from askorac.tenancy.context import tenant
from askorac.testing.people import Customer
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
