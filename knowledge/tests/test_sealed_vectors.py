"""Vectors that lie sealed: stored so, found all the same, and gone with the key."""

import gc
from uuid import uuid4

import numpy as np
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from askorac.jobs.models import Job, State
from askorac.jobs.tasks import run_job
from askorac.sealing import KeyRevoked, keyrings
from askorac.tenancy.context import tenant
from askorac.testing.keys import give_back, take_away, taken_away
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.people import Customer
from knowledge.models import Chunk
from knowledge.retrieval import cosine, nearest
from knowledge.tests.ingesting import embedded, long_text, upload, work
from knowledge.tests.test_retrieval import SPACE, Vectors, random_vectors, store
from knowledge.vectors import memory, restoring
from knowledge.vectors.choosing import RESTORE_VECTORS, choose_sealing, read_sealing
from projects.models import AuditEvent, Project

Found = list[tuple[str, float]]


def choose(customer: Customer, is_wanted: bool) -> None:
    with tenant(customer.id):
        choose_sealing(is_wanted=is_wanted, by=customer.actor, now=timezone.now())


def restore(customer: Customer) -> Job:
    with tenant(customer.id):
        job = Job.objects.get(kind=RESTORE_VECTORS)
    run_job(str(customer.id), str(job.pk))
    with tenant(customer.id):
        return Job.objects.get(kind=RESTORE_VECTORS)


def forms(customer: Customer) -> tuple[int, int]:
    """(vectors in the clear, sealed vectors)"""
    with tenant(customer.id):
        chunks = Chunk.objects
        sealed = chunks.filter(vector__isnull=False, embedding__isnull=True).count()
        return chunks.filter(vector__isnull=True, embedding__isnull=False).count(), sealed


def found(customer: Customer, project: Project, question: Vectors, limit: int = 10) -> Found:
    """As a public door finds it."""
    with tenant(customer.id, project_id=project.pk, conversation_id=uuid4()):
        passages = nearest(project_id=project.pk, space=SPACE, vector=question, limit=limit)
    return [(each.text, each.score) for each in passages]


def same(one: Found, other: Found) -> bool:
    return [text for text, _ in one] == [text for text, _ in other] and [
        score for _, score in one
    ] == pytest.approx([score for _, score in other], abs=0.002)


@pytest.fixture
def shelf(organization: Customer, project: Project) -> Customer:
    """450 chunks of two documents, more than two batches."""
    store(organization, project, random_vectors(300, 1))
    store(organization, project, random_vectors(150, 2))
    return organization


def test_answers_are_the_same_before_midway_and_after(
    shelf: Customer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = random_vectors(1, 3)[0]
    before = found(shelf, project, question)
    choose(shelf, True)
    genuine, batches = restoring._restore_some, []

    def restore_and_break(holder: restoring.Holder) -> int:
        batches.append(holder)
        if len(batches) == 3:
            raise RuntimeError("The worker was stopped.")
        return genuine(holder)

    monkeypatch.setattr(restoring, "_restore_some", restore_and_break)
    assert restore(shelf).state == State.QUEUED
    assert forms(shelf) == (50, 400)
    assert same(found(shelf, project, question), before)
    monkeypatch.setattr(restoring, "_restore_some", genuine)
    job = restore(shelf)
    assert (job.state, job.done, job.total, forms(shelf)) == (State.READY, 50, 50, (0, 450))
    assert same(found(shelf, project, question), before)
    choose(shelf, False)
    restore(shelf)
    assert forms(shelf) == (450, 0)
    assert same(found(shelf, project, question), before)


def test_choice_is_told_and_recorded(shelf: Customer) -> None:
    choose(shelf, True)
    choose(shelf, True)
    with tenant(shelf.id):
        told = read_sealing()
        assert (told.is_wanted, told.is_going_on) == (True, True)
        actions = AuditEvent.objects.filter(action__startswith="vectors.")
        assert list(actions.values_list("action", flat=True)) == ["vectors.sealed"]
    restore(shelf)
    with tenant(shelf.id):
        assert read_sealing().is_going_on is False


def test_sealed_vectors_lie_nowhere_in_the_clear(shelf: Customer, project: Project) -> None:
    choose(shelf, True)
    restore(shelf)
    with tenant(shelf.id), connection.cursor() as cursor:
        cursor.execute("SELECT vector FROM knowledge_chunk WHERE ordinal = 0")
        blobs = [bytes(row[0]) for row in cursor.fetchall()]
    numbers = random_vectors(300, 1)[0].astype(np.float16).tobytes()
    assert [blob for blob in blobs if numbers[:8] in blob] == []


def test_documents_that_change_are_found_as_they_are(shelf: Customer, project: Project) -> None:
    choose(shelf, True)
    restore(shelf)
    question = random_vectors(1, 3)[0]
    text, _ = found(shelf, project, question)[0]
    with tenant(shelf.id):
        document_ids = Chunk.objects.filter(project_id=project.pk).values("document_id")
        gone = Chunk.objects.filter(ordinal=int(text.split()[1])).first()
        assert gone is not None
        Chunk.objects.filter(document_id=gone.document_id).delete()
        assert document_ids.distinct().count() == 1
    left = found(shelf, project, question, limit=500)
    assert 0 < len(left) < 450


def test_memory_is_bounded(
    shelf: Customer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(shelf, True)
    question = random_vectors(1, 3)[0]
    before = found(shelf, project, question)
    restore(shelf)
    monkeypatch.setattr(settings, "SEALED_VECTORS_BYTES", 300 * SPACE.dimensions * 4)
    for _ in range(3):
        assert same(found(shelf, project, question), before)
        assert memory._budget._bytes <= settings.SEALED_VECTORS_BYTES


def test_vectors_go_with_the_key(shelf: Customer, project: Project) -> None:
    choose(shelf, True)
    restore(shelf)
    question = random_vectors(1, 3)[0]
    before = found(shelf, project, question)
    parts = len(memory._budget._parts)
    assert len([key for key in keyrings.of(shelf.id).held if key[0] == "vectors"]) == 2
    with taken_away(shelf.id):
        gc.collect()
        assert len(memory._budget._parts) <= parts - 2
        with pytest.raises(KeyRevoked):
            found(shelf, project, question)
    assert same(found(shelf, project, question), before)


def test_restoring_waits_for_the_key(shelf: Customer) -> None:
    choose(shelf, True)
    take_away(shelf.id)
    job = restore(shelf)
    assert (job.state, job.attempts, forms(shelf)) == (State.QUEUED, 0, (450, 0))
    give_back(shelf.id)
    assert restore(shelf).state == State.READY


def test_new_text_is_sealed_at_once_and_paid_for_once(
    organization: Customer, project: Project, provider: OpenAIServer
) -> None:
    choose(organization, True)
    restore(organization)
    assert work(upload(organization, project, "a.md", long_text(20))).state == State.READY
    paid = len(embedded(provider))
    assert work(upload(organization, project, "copy.md", long_text(20))).state == State.READY
    in_the_clear, sealed = forms(organization)
    assert (in_the_clear, sealed, len(embedded(provider))) == (0, 2 * paid, paid)


def test_cosine_of_a_passage_in_either_form(shelf: Customer, project: Project) -> None:
    question = random_vectors(1, 3)[0]
    for is_wanted in (False, True):
        choose(shelf, is_wanted)
        if is_wanted:
            restore(shelf)
        with tenant(shelf.id):
            [passage] = nearest(project_id=project.pk, space=SPACE, vector=question, limit=1)
            told = cosine(passage, space=SPACE, vector=question)
        assert told == pytest.approx(passage.score, abs=0.002)
