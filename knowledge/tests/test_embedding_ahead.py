"""The provider is asked for the next batch while one is stored: no more, and nothing is lost."""

import time
from collections.abc import Callable

import pytest
from django.utils import timezone

from askorac.jobs.models import State
from askorac.tenancy.context import tenant
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.openai_wire import Behaviour, Fault
from askorac.testing.people import Customer
from knowledge import sources
from knowledge.ingestion import store
from knowledge.tests.conftest import QUICK
from knowledge.tests.ingesting import chunks, embedded, long_text, upload, work
from projects.models import Project

BATCH = 256
PATIENCE_SECONDS = 60.0


def before_storing(monkeypatch: pytest.MonkeyPatch, look: Callable[[], None]) -> None:
    """Have `look` called within the transaction of each batch, before it writes."""
    genuine = store.add

    def add(*args: object, **kwargs: object) -> None:
        look()
        genuine(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "add", add)


def wait_for(seen: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not seen() and time.monotonic() < until:
        time.sleep(0.005)


def test_next_batch_is_asked_for_while_one_is_stored(
    organization: Customer,
    project: Project,
    provider: OpenAIServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def look() -> None:
        wait_for(lambda: len(provider.requests) == min(len(asked) + 2, 3))
        asked.append(len(provider.requests))

    before_storing(monkeypatch, look)
    done = work(upload(organization, project, "a.md", long_text(600)))
    assert (done.state, asked) == (State.READY, [2, 3, 3])
    assert 2 * BATCH < done.chunk_count <= 3 * BATCH
    assert chunks(organization) == [(number, True) for number in range(done.chunk_count)]


def test_fault_in_embedding_while_a_batch_is_stored(
    organization: Customer,
    project: Project,
    provider: OpenAIServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The batch is kept, not live, and not paid for again; the fault is told as ever."""
    provider.upcoming.extend([QUICK, Behaviour(fault=Fault.REJECTED)])
    refused = [200, 401]
    before_storing(
        monkeypatch, lambda: wait_for(lambda: [r.status for r in provider.requests][:2] == refused)
    )
    source = upload(organization, project, "a.md", long_text(300))
    failed = work(source)
    assert [request.status for request in provider.requests] == refused
    assert (failed.state, failed.done) == (State.FAILED, BATCH)
    assert "did not accept the key" in failed.reason
    assert chunks(organization) == [(number, False) for number in range(BATCH)]
    with tenant(organization.id):
        sources.retry(source=source, by=organization.actor, now=timezone.now())
    done = work(source)
    assert (done.state, done.chunk_count) == (State.READY, failed.total)
    assert len(embedded(provider)) == len(set(embedded(provider))) == done.chunk_count


def test_text_of_two_batches_is_paid_for_once(
    organization: Customer, project: Project, provider: OpenAIServer
) -> None:
    """The second batch is asked for before the first one is stored."""
    done = work(upload(organization, project, "a.md", long_text(200) + b"\n\n" + long_text(200)))
    assert done.chunk_count > BATCH
    assert len(embedded(provider)) == len(set(embedded(provider))) < BATCH
