"""What a question would find: places, scores, the floor, and what is open while a model works."""

import asyncio

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from askorac.tenancy.context import NestedTenant, tenant
from askorac.testing.people import Customer
from conversations.tests.documents import SHOP, stock
from keys.clients import EmbeddingModel, KeyRejected, Vectors, default_space, our_embedding_model
from knowledge.searching import MOST_QUESTION_CHARACTERS, search_project
from projects.models import Project

MODEL = our_embedding_model(default_space())
QUESTION = "How much is shipping?"


def test_search_finds_the_nearest_first_with_its_place(project: Project) -> None:
    ids = stock(project)
    findings = search_project(project=project, question=QUESTION, limit=3)
    first = findings.found[0]
    assert (first.chunk_id, first.ordinal, first.page) == (ids[1], 1, 2)
    assert (first.title, first.text) == ("Shop handbook", SHOP[1])
    scores = [found.score for found in findings.found]
    assert (len(scores), scores) == (3, sorted(scores, reverse=True))


def test_search_finds_no_more_than_asked_for(project: Project) -> None:
    stock(project)
    assert len(search_project(project=project, question=QUESTION, limit=1).found) == 1


def test_floor_is_the_models_until_the_project_has_its_own(project: Project) -> None:
    stock(project)
    models = search_project(project=project, question=QUESTION, limit=1).floor
    project.answer_floor = 0.9
    own = search_project(project=project, question=QUESTION, limit=1).floor
    assert (models, own) == (MODEL.relevance_floor, 0.9)


def test_project_without_documents_finds_nothing_and_asks_no_model(project: Project) -> None:
    findings = search_project(project=project, question=QUESTION, limit=3)
    assert (findings.found, findings.has_documents) == ((), False)


@pytest.mark.parametrize("question", ["", " \0\n ", "x" * (MOST_QUESTION_CHARACTERS + 1)])
def test_question_that_cannot_be_searched_for_is_refused(project: Project, question: str) -> None:
    with pytest.raises(ValidationError):
        search_project(project=project, question=question, limit=3)


def test_search_without_the_key_of_its_space_says_so(project: Project) -> None:
    project.embedding_space = "openai/text-embedding-3-small/1536"
    with pytest.raises(KeyRejected):
        search_project(project=project, question=QUESTION, limit=3)


def test_search_inside_a_context_is_refused(organization: Customer, project: Project) -> None:
    with tenant(organization.id), pytest.raises(NestedTenant):
        search_project(project=project, question=QUESTION, limit=3)


def connections_in_use() -> int:
    stats = connection.pool.get_stats()  # type: ignore[attr-defined]  # PostgreSQL's has one
    in_use: int = stats["pool_size"] - stats["pool_available"]
    return in_use


def test_no_connection_is_held_while_the_model_works(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock(project)
    connection.close()
    others = connections_in_use()  # threads of other tests may hold some for good
    held: list[int] = []
    embed = type(MODEL).embed

    async def watched(self: EmbeddingModel, texts: list[str]) -> Vectors:
        in_use = connections_in_use()
        for _ in range(3000):  # one that was just given back is looked at before it counts as such
            if in_use > others:
                await asyncio.sleep(0.02)
                in_use = connections_in_use()
        held.append(in_use)
        return await embed(self, texts)

    monkeypatch.setattr(type(MODEL), "embed", watched)
    search_project(project=project, question=QUESTION, limit=3)
    assert held[0] <= others
