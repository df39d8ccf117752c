"""New data keys: everything is sealed anew under them, and nothing is unreadable meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.test import override_settings
from django.utils import timezone

from askorac.jobs.models import State
from askorac.sealing import elsewhere, keyrings
from askorac.tenancy.context import tenant
from askorac.testing.keys import give_back, take_away
from askorac.testing.people import Customer
from keys import resealing
from keys.columns import Column, sealed_columns
from keys.models import ProviderKey
from keys.resealing import DAMAGED, KEPT, NOT_YET, RESEAL
from keys.rotation import rotate_data_key
from keys.tests.dying import die
from keys.tests.sealed_rows import (
    COUNT,
    data_keys,
    do,
    everything,
    forget_trail,
    job_of,
    opened,
    pass_time,
    seal_rows,
    versions,
)
from keys.vault import ROTATE
from projects.models import AuditEvent


@pytest.fixture
def customer(organization: Customer) -> Customer:
    seal_rows(organization)
    return organization


def rotate(customer: Customer) -> None:
    rotate_data_key(organization_id=customer.id, by=customer.actor, now=timezone.now())


def test_rotation_seals_everything_anew_and_removes_the_old_key(customer: Customer) -> None:
    rotate(customer)
    assert do(customer, RESEAL).reason == NOT_YET
    pass_time(customer, seconds=61)
    kept = do(customer, RESEAL)
    assert (kept.state, kept.reason) == (State.QUEUED, KEPT)
    assert kept.done == kept.total >= COUNT
    assert (versions(customer), data_keys(customer)) == ([2] * COUNT, [1, 2])
    pass_time(customer, hours=1)
    forget_trail(customer)
    assert do(customer, RESEAL).state == State.READY
    assert (data_keys(customer), data_keys(customer, "words")) == ([2], [1])
    assert opened(customer) == everything()


def test_old_key_seals_until_every_process_knows_the_new_one(customer: Customer) -> None:
    rotate(customer)
    assert keyrings.of(customer.id).version == 1
    pass_time(customer, seconds=61)
    assert keyrings.of(customer.id).version == 2
    assert opened(customer) == everything()


def test_asked_again_within_a_minute_is_the_same_rotation(customer: Customer) -> None:
    rotate(customer)
    rotate(customer)
    assert data_keys(customer) == [1, 2]
    with tenant(customer.id):
        assert AuditEvent.objects.filter(action="data_key.rotated").count() == 1


def test_value_sealed_late_keeps_its_key_until_it_is_taken_over(customer: Customer) -> None:
    late = keyrings.of(customer.id)
    rotate(customer)
    pass_time(customer, seconds=61)
    do(customer, RESEAL)
    with tenant(customer.id):
        row = ProviderKey.objects.all()[0]
        key = row.key.open().encode()
        row.key = row._meta.get_field("key").from_db_value(  # type: ignore[attr-defined, union-attr]
            late.seal(key, purpose="keys.providerkey.key", row_id=row.pk), None, _Default
        )
        row.save()
    assert versions(customer) == [1] + [2] * (COUNT - 1)
    pass_time(customer, hours=1)
    forget_trail(customer)
    do(customer, RESEAL)
    assert (versions(customer), data_keys(customer)) == ([2] * COUNT, [2])
    assert opened(customer) == everything()


class _Default:
    alias = "default"


def test_value_that_does_not_open_keeps_its_key(customer: Customer) -> None:
    with tenant(customer.id):
        one, other = ProviderKey.objects.all()[:2]
        ProviderKey.objects.filter(pk=one.pk).update(key=other.key)
    rotate(customer)
    pass_time(customer, hours=2)
    failed = do(customer, RESEAL)
    assert (failed.state, failed.reason) == (State.FAILED, DAMAGED.format(count=1))
    assert versions(customer) == [1] + [2] * (COUNT - 1)
    assert data_keys(customer) == [1, 2]


@pytest.mark.parametrize(
    ("before", "call"),
    [
        ("keys.resealing:_newest", 1),
        ("keys.columns:Column.swap", 1),
        ("keys.columns:Column.swap", 2),
        ("keys.columns:Column.swap", 3),
        ("keys.resealing:_remove_unused", 1),
        ("askorac.sealing.keyrings:forget", 1),
        ("askorac.jobs.tasks:finish", 1),
    ],
)
def test_killed_at_any_step_everything_opens_and_the_rest_is_done(
    customer: Customer, before: str, call: int
) -> None:
    rotate(customer)
    pass_time(customer, hours=2)
    forget_trail(customer)
    die(customer.id, job_of(customer, RESEAL).pk, before=before, call=call)
    keyrings.forget(customer.id)
    assert opened(customer) == everything()
    assert do(customer, RESEAL).state == State.READY
    assert (versions(customer), data_keys(customer)) == ([2] * COUNT, [2])
    keyrings.forget(customer.id)
    assert opened(customer) == everything()


def test_key_that_is_taken_away_meanwhile_stops_the_work_at_the_next_batch(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "BATCH", 1)
    rotate(customer)
    pass_time(customer, hours=2)
    forget_trail(customer)
    swap, swapped = Column.swap, []

    def swap_and_lose_the_key(*args: Any) -> int:
        swapped.append(swap(*args))
        if sum(swapped) == 1 and swapped[-1]:
            take_away(customer.id)
        return swapped[-1]

    monkeypatch.setattr(Column, "swap", swap_and_lose_the_key)
    assert do(customer, RESEAL).state == State.QUEUED
    assert sum(swapped) == 1
    give_back(customer.id)
    assert do(customer, RESEAL).state == State.READY
    assert opened(customer) == everything()


def test_old_key_is_rotated_by_itself(customer: Customer) -> None:
    planned = job_of(customer, ROTATE)
    assert (planned.due_at - timezone.now()).days in {89, 90}
    assert do(customer, ROTATE).state == State.QUEUED
    assert data_keys(customer) == [1]
    pass_time(customer, days=90)
    assert do(customer, ROTATE).state == State.QUEUED
    assert data_keys(customer) == [1, 2]
    with tenant(customer.id):
        event = AuditEvent.objects.get(action="data_key.rotated")
    assert event.actor_kind == "system"


@override_settings(DATA_KEY_DAYS=3)
def test_age_of_data_keys_is_the_operators(customer: Customer) -> None:
    pass_time(customer, days=3)
    do(customer, ROTATE)
    assert data_keys(customer) == [1, 2]


@pytest.fixture
def files() -> Iterator[list[int]]:
    """Two things sealed elsewhere, by the version that each lies under."""
    lie_under = [1, 1]

    def reseal(organization_id: UUID, version: int) -> Iterator[int]:
        for number in range(len(lie_under)):
            lie_under[number] = version
            yield version

    before = dict(elsewhere._registered)
    elsewhere.register(elsewhere.Elsewhere("test", lambda _: 2, reseal))
    yield lie_under
    elsewhere._registered.clear()
    elsewhere._registered.update(before)


def test_what_is_sealed_elsewhere_is_taken_along(customer: Customer, files: list[int]) -> None:
    rotate(customer)
    pass_time(customer, hours=2)
    done = do(customer, RESEAL)
    assert (done.state, files) == (State.READY, [2, 2])
    assert done.done == done.total >= COUNT + 2


def test_audit_events_are_never_changed_and_keep_their_key(customer: Customer) -> None:
    rotate(customer)
    pass_time(customer, hours=2)
    assert do(customer, RESEAL).state == State.READY
    assert (versions(customer), data_keys(customer)) == ([2] * COUNT, [1, 2])
    with tenant(customer.id):
        event = AuditEvent.objects.filter(action="project.created").order_by("at")[0]
        assert event.target_label.open() == "Project 0"


def test_every_sealed_column_is_found_and_only_the_trail_is_left_as_it_is() -> None:
    found = {(column.table, column.name): column.is_append_only for column in sealed_columns()}
    assert ("keys_providerkey", "key") in found
    assert {table for (table, _), is_left in found.items() if is_left} == {"projects_auditevent"}


def test_rotation_of_a_stranger_touches_nothing(customer: Customer, stranger: Customer) -> None:
    rotate(stranger)
    pass_time(stranger, hours=2)
    do(stranger, RESEAL)
    assert (versions(customer), data_keys(customer)) == ([1] * COUNT, [1])
