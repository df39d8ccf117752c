"""A project is given another embedding model, and is searched all the while."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from askorac.jobs.models import Job, State
from askorac.jobs.tasks import run_job
from askorac.tenancy.context import tenant
from askorac.testing.keys import taken_away
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.openai_wire import Behaviour, Fault
from askorac.testing.people import Customer
from keys.choosing import RESPACE_PROJECT, Wanted, choose_models
from keys.clients import EmbeddingSpace, models_for
from knowledge import respacing, retrieval
from knowledge.models import Chunk, UpcomingVector
from knowledge.searching import search_project
from knowledge.tests.conftest import QUICK
from knowledge.tests.ingesting import embedded, job_of, long_text, row, upload, work
from knowledge.vectors.choosing import choose_sealing
from projects.models import Project

LOCAL = "local/all-minilm-l6-v2-int8/384"
SMALL = "openai/text-embedding-3-small/1536"
QUESTION = "Which depot keeps rope?"


def choose(customer: Customer, project: Project, embedding: str) -> None:
    with tenant(customer.id):
        now, fresh = timezone.now(), Project.objects.get(pk=project.pk)
        choose_models(project=fresh, wanted=Wanted(embedding=embedding), by=customer.actor, now=now)


def move(customer: Customer, project: Project) -> Job:
    """Do the job of the move here and now."""
    run_job(str(customer.id), str(moving(customer, project).pk))
    return moving(customer, project)


def moving(customer: Customer, project: Project) -> Job:
    with tenant(customer.id):
        return Job.objects.get(kind=RESPACE_PROJECT, target_id=project.pk)


def spaces(customer: Customer, project: Project) -> tuple[str, set[str], int]:
    """The project's space, those of its chunks, and how many vectors wait."""
    with tenant(customer.id):
        chunks = Chunk.objects.filter(project_id=project.pk)
        used = set(chunks.values_list("embedding_space", flat=True))
        waiting = UpcomingVector.objects.filter(project_id=project.pk).count()
        return Project.objects.get(pk=project.pk).embedding_space, used, waiting


def found(customer: Customer, project: Project) -> int:
    with tenant(customer.id):
        fresh = Project.objects.get(pk=project.pk)
    return len(search_project(project=fresh, question=QUESTION, limit=5).found)


@pytest.fixture
def shelf(
    organization: Customer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> tuple[Customer, Project]:
    """A document that was embedded here, and batches of three."""
    monkeypatch.setattr(respacing, "MOST_IN_A_BATCH", 3)
    work(upload(organization, project, "depot.md", long_text(4)))
    return organization, project


def test_documents_move_and_ids_stay(
    shelf: tuple[Customer, Project], provider: OpenAIServer
) -> None:
    customer, project = shelf
    with tenant(customer.id):
        before = set(Chunk.objects.values_list("id", flat=True))
    choose(customer, project, SMALL)
    assert spaces(customer, project) == (LOCAL, {LOCAL}, 0)
    job = move(customer, project)
    assert (job.state, job.done, job.total) == (State.READY, len(before), len(before))
    assert spaces(customer, project) == (SMALL, {SMALL}, 0)
    with tenant(customer.id):
        assert set(Chunk.objects.values_list("id", flat=True)) == before
    assert found(customer, project) > 0


def test_answers_are_found_in_the_old_space_until_all_are_there(
    shelf: tuple[Customer, Project], provider: OpenAIServer
) -> None:
    customer, project = shelf
    provider.upcoming.extend([QUICK, Behaviour(fault=Fault.REJECTED)])
    choose(customer, project, SMALL)
    job = move(customer, project)
    assert (job.state, job.done) == (State.FAILED, 3)
    assert "did not accept the key" in job.reason
    assert spaces(customer, project) == (LOCAL, {LOCAL}, 3)
    assert found(customer, project) > 0


def test_move_that_was_broken_off_goes_on_without_paying_twice(
    shelf: tuple[Customer, Project], provider: OpenAIServer
) -> None:
    customer, project = shelf
    provider.upcoming.extend([QUICK, Behaviour(fault=Fault.REJECTED)])
    choose(customer, project, SMALL)
    move(customer, project)
    choose(customer, project, SMALL)  # asked for once more
    assert move(customer, project).state == State.READY
    paid = embedded(provider)
    assert len(paid) == len(set(paid))
    assert spaces(customer, project) == (SMALL, {SMALL}, 0)


def test_move_is_called_off_by_choosing_what_there_is(
    shelf: tuple[Customer, Project], provider: OpenAIServer
) -> None:
    customer, project = shelf
    provider.upcoming.extend([QUICK, Behaviour(fault=Fault.REJECTED)])
    choose(customer, project, SMALL)
    move(customer, project)
    choose(customer, project, "local")
    assert move(customer, project).state == State.READY
    assert spaces(customer, project) == (LOCAL, {LOCAL}, 0)


def test_text_that_comes_meanwhile_moves_along(
    shelf: tuple[Customer, Project], provider: OpenAIServer
) -> None:
    customer, project = shelf
    choose(customer, project, SMALL)
    work(upload(customer, project, "late.md", b"Oakum lies in shed nine."))
    assert move(customer, project).state == State.READY
    assert spaces(customer, project) == (SMALL, {SMALL}, 0)


def test_text_that_was_being_embedded_at_the_move_is_embedded_again(
    shelf: tuple[Customer, Project], provider: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The move ends between the last batch of a text and its going live."""
    customer, project = shelf
    choose(customer, project, SMALL)
    source = upload(customer, project, "late.md", b"Oakum lies in shed nine.")
    from knowledge.ingestion import pipeline

    index, moved = pipeline._index_words, []

    def index_after_the_move(*args: object, **kwargs: object) -> None:
        if not moved:
            moved.append(move(customer, project).state)
        index(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "_index_words", index_after_the_move)
    work(source)
    assert job_of(source).state == State.QUEUED
    run_job(str(customer.id), str(job_of(source).pk))
    assert (moved, row(source).state) == ([State.READY], State.READY)
    assert spaces(customer, project) == (SMALL, {SMALL}, 0)


def test_question_that_was_embedded_before_the_move_is_embedded_again(
    shelf: tuple[Customer, Project], provider: OpenAIServer
) -> None:
    customer, project = shelf
    with tenant(customer.id):
        stale = Project.objects.get(pk=project.pk)
    vector = asyncio.run(models_for(stale).embedding(EmbeddingSpace.parse(LOCAL)).embed([QUESTION]))
    choose(customer, project, SMALL)
    move(customer, project)
    with tenant(customer.id), pytest.raises(retrieval.Respaced):
        retrieval.nearest(
            project_id=project.pk, space=EmbeddingSpace.parse(LOCAL), vector=vector[0]
        )
    assert len(search_project(project=stale, question=QUESTION, limit=5).found) > 0


def test_sealed_vectors_move_as_they_are(
    shelf: tuple[Customer, Project], provider: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, project = shelf
    with tenant(customer.id):
        choose_sealing(is_wanted=True, by=customer.actor, now=timezone.now())
    choose(customer, project, SMALL)
    waited: dict[UUID, bytes | None] = {}
    has_moved = respacing._has_moved

    def note_what_waits(*args: Any) -> bool:
        with tenant(customer.id):
            waited.update({each.pk: each.vector.blob for each in UpcomingVector.objects.all()})
        return has_moved(*args)

    monkeypatch.setattr(respacing, "_has_moved", note_what_waits)
    assert move(customer, project).state == State.READY
    with tenant(customer.id):
        rows = Chunk.objects.filter(embedding=None, embedding_space=SMALL)
        assert {row.pk: row.vector.blob for row in rows} == waited
    assert len(waited) > 3
    assert found(customer, project) > 0


def test_move_waits_while_the_key_is_taken_away(
    shelf: tuple[Customer, Project], provider: OpenAIServer
) -> None:
    customer, project = shelf
    choose(customer, project, SMALL)
    with taken_away(customer.id):
        assert move(customer, project).state == State.QUEUED
    assert move(customer, project).state == State.READY
    assert spaces(customer, project)[0] == SMALL
