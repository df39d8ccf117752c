"""Taking work, losing it, ending it: what the job's row promises."""

import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError
from django.utils import timezone

from askorac.jobs import leases, registry
from askorac.jobs.leases import (
    LEASE,
    Failed,
    Later,
    Lease,
    LeaseLost,
    Waiting,
    advance,
    claim,
    enqueue,
    extend,
    fail,
    finish,
    hold,
    kept_alive,
    postpone,
)
from askorac.jobs.models import Job, State
from askorac.jobs.tasks import BROKE, run_job, sweep
from askorac.sealing import KeyRevoked, KeysAway
from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import due_work
from askorac.testing.people import Customer

# Before what other tests have left undone: the oldest work comes first, and only so much at once.
LONG_AGO = timezone.now() - timedelta(days=1000)
woken: list[tuple[UUID, UUID]] = []


def remember(organization_id: UUID, job_id: UUID, ahead: int) -> None:
    woken.append((organization_id, job_id))


@pytest.fixture
def job(organization: Customer) -> Iterator[Job]:
    with tenant(organization.id):
        job = enqueue(kind="test.work", target_id=uuid4(), now=timezone.now(), wake=remember)
    yield job
    with tenant(organization.id):
        Job.objects.filter(pk=job.pk).delete()


def take(job: Job, *, after: timedelta = timedelta(0)) -> Lease | None:
    with tenant(job.organization_id):
        return claim(job.pk, now=timezone.now() + after)


def fresh(job: Job) -> Job:
    with tenant(job.organization_id):
        return Job.objects.get(pk=job.pk)


def handle(kind: str, error: Exception | None = None) -> list[Lease]:
    seen: list[Lease] = []

    def handler(lease: Lease) -> None:
        seen.append(lease)
        if error is not None:
            raise error

    registry.register(kind, handler)
    return seen


def test_enqueue_wakes_after_the_commit(organization: Customer) -> None:
    with tenant(organization.id):
        job = enqueue(kind="test.wake", target_id=uuid4(), now=timezone.now(), wake=remember)
        assert (organization.id, job.pk) not in woken
    assert (organization.id, job.pk) in woken


def test_enqueue_again_is_the_same_row(job: Job) -> None:
    lease = take(job)
    assert lease is not None
    with tenant(job.organization_id):
        fail(lease, reason="Mend it.")
        again = enqueue(kind=job.kind, target_id=job.target_id, now=timezone.now(), wake=remember)
    after = fresh(job)
    assert again.pk == job.pk
    assert (after.state, after.attempts, after.reason) == (State.QUEUED, 0, "")


def test_claim_is_for_one(job: Job) -> None:
    first, second = take(job), take(job)
    assert first is not None
    assert second is None
    assert fresh(job).attempts == 1


def test_claim_after_the_lease_ran_out(job: Job) -> None:
    first = take(job)
    second = take(job, after=LEASE + timedelta(seconds=1))
    assert first is not None and second is not None
    assert second.fence == first.fence + 1
    with tenant(job.organization_id):
        for write in (extend, finish, hold):
            with pytest.raises(LeaseLost):
                write(first)
        with pytest.raises(LeaseLost):
            advance(first, done=1, total=2)
        with pytest.raises(LeaseLost):
            postpone(first, seconds=1, reason="")
        advance(second, done=1, total=2)
        finish(second)
    assert fresh(job).state == State.READY


def test_job_that_kills_every_worker_ends(job: Job) -> None:
    for number in range(5):
        assert take(job, after=number * (LEASE + timedelta(seconds=1))) is not None
    assert take(job, after=timedelta(hours=1)) is None
    ended = fresh(job)
    assert ended.state == State.FAILED
    assert ended.reason == (
        "This stopped the worker 5 times. Nothing was lost; retry it, or remove it."
    )


def test_run_job_done(job: Job) -> None:
    seen = handle(job.kind)
    run_job(str(job.organization_id), str(job.pk))
    run_job(str(job.organization_id), str(job.pk))
    assert len(seen) == 1
    assert fresh(job).state == State.READY


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (Failed("Upload it again."), State.FAILED, "Upload it again."),
        (Later("Waiting.", seconds=60), State.QUEUED, "Waiting."),
        (LeaseLost(), State.PROCESSING, ""),
        (ZeroDivisionError("secret text"), State.QUEUED, BROKE),
    ],
)
def test_run_job_raising(job: Job, error: Exception, state: str, reason: str) -> None:
    handle(job.kind, error)
    run_job(str(job.organization_id), str(job.pk))
    after = fresh(job)
    assert (after.state, after.reason) == (state, reason)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        pytest.param(Waiting("It is early.", seconds=9), "It is early.", id="Waiting"),
        pytest.param(KeyRevoked("Enable acme-key."), KeyRevoked.default_sentence, id="KeyRevoked"),
        pytest.param(KeysAway("10.0.0.7 sleeps."), KeysAway.default_sentence, id="KeysAway"),
    ],
)
def test_waiting_costs_no_attempt_and_tells_nothing_of_a_key_service(
    job: Job, error: Exception, reason: str
) -> None:
    handle(job.kind, error)
    for _ in range(7):
        run_job(str(job.organization_id), str(job.pk))
    after = fresh(job)
    assert (after.state, after.reason, after.attempts) == (State.QUEUED, reason, 0)
    assert after.due_at > timezone.now() + timedelta(seconds=8)


def test_run_job_broken_logs_no_message(job: Job, caplog: pytest.LogCaptureFixture) -> None:
    handle(job.kind, ValueError("a sentence of a customer"))
    with caplog.at_level("INFO"):
        run_job(str(job.organization_id), str(job.pk))
    assert "job.broke" in caplog.text
    assert "a sentence of a customer" not in caplog.text


def test_run_job_broken_on_the_last_attempt(job: Job) -> None:
    handle(job.kind, ZeroDivisionError())
    with tenant(job.organization_id):
        Job.objects.filter(pk=job.pk).update(attempts=4)
    run_job(str(job.organization_id), str(job.pk))
    assert (fresh(job).state, fresh(job).reason) == (State.FAILED, BROKE)


def test_sweep_hands_on_what_nobody_took(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    with tenant(job.organization_id):
        Job.objects.filter(pk=job.pk).update(due_at=LONG_AGO)
    assert (job.organization_id, job.pk) in due_work(1000)
    monkeypatch.setattr("askorac.jobs.tasks.wake", remember)
    woken.clear()
    sweep()
    assert woken.count((job.organization_id, job.pk)) == 1
    assert (job.organization_id, job.pk) not in due_work(1000)


def test_due_work_of_a_dead_worker(job: Job) -> None:
    assert take(job, after=-LEASE - timedelta(seconds=1)) is not None
    with tenant(job.organization_id):
        Job.objects.filter(pk=job.pk).update(due_at=LONG_AGO)
    assert (job.organization_id, job.pk) in due_work(1000)


def test_lease_is_extended_again_once_the_database_is_back(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = take(job)
    assert lease
    before = fresh(job).lease_expires_at
    beats: list[Lease] = []

    def beat(held: Lease) -> None:
        beats.append(held)
        if len(beats) == 1:
            raise OperationalError
        extend(held)

    monkeypatch.setattr(leases, "extend", beat)
    monkeypatch.setattr(leases, "HEARTBEAT_SECONDS", 0.02)
    with kept_alive(lease):
        until = time.monotonic() + 60
        while fresh(job).lease_expires_at == before and time.monotonic() < until:
            time.sleep(0.02)
    assert fresh(job).lease_expires_at > before
    assert len(beats) >= 2
