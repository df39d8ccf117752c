"""Ingestion while the organization's key is taken away: it waits, and loses nothing."""

import pytest

from askorac.jobs.models import Job, State
from askorac.jobs.tasks import run_job
from askorac.sealing import KeyRevoked
from askorac.testing.keys import give_back, take_away, taken_away
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.people import Customer
from askorac.testing.web import Site
from knowledge.ingestion.embed import Embedder
from knowledge.models import Source
from knowledge.tests.ingesting import (
    add_page,
    chunks,
    embedded,
    job_of,
    long_text,
    texts,
    upload,
    work,
)
from projects.models import Project


def try_to(source: Source) -> Job:
    """Do the source's job; what its row says, which opens nothing."""
    run_job(str(source.organization_id), str(job_of(source).pk))
    return job_of(source)


def test_source_waits_for_its_key(organization: Customer, project: Project) -> None:
    source = upload(organization, project, "a.md", b"We open at nine.")
    with taken_away(organization.id):
        for _ in range(9):  # more often than work that fails is tried
            assert try_to(source).state == State.QUEUED
        job = job_of(source)
    assert (job.attempts, job.reason) == (0, KeyRevoked.default_sentence)
    assert work(source).state == State.READY
    assert texts(organization) == ["We open at nine."]


def test_page_is_not_fetched_without_the_key(
    organization: Customer, project: Project, site: Site
) -> None:
    site.pages["/"] = b"<p>Nine euros.</p>"
    source = add_page(organization, project, site.url)
    with taken_away(organization.id):
        assert try_to(source).state == State.QUEUED
    assert site.requests == []


def test_key_taken_away_midway(
    organization: Customer,
    project: Project,
    provider: OpenAIServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was stored stays, and what was paid for is not paid for again."""
    source = upload(organization, project, "a.md", long_text(300))
    genuine, calls = Embedder.embed_pieces, []

    def embed_and_take_away(*args: object, **kwargs: object) -> object:
        vectors = genuine(*args, **kwargs)  # type: ignore[arg-type]
        calls.append(True)
        if len(calls) == 2:
            take_away(organization.id)
        return vectors

    monkeypatch.setattr(Embedder, "embed_pieces", embed_and_take_away)
    stopped = try_to(source)
    assert (stopped.state, stopped.reason) == (State.QUEUED, KeyRevoked.default_sentence)
    assert len(chunks(organization)) == stopped.done < stopped.total
    give_back(organization.id)
    done = work(source)
    assert (done.state, done.chunk_count) == (State.READY, stopped.total)
    once = set(embedded(provider))
    assert len(once) == done.chunk_count
