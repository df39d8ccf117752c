"""Exact search in a small project, the project's own index in a large one: plans and recall."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import numpy as np
import numpy.typing as npt
import psycopg
import pytest
from django.db import connection, connections
from django.utils import timezone
from pgvector import HalfVector

from askorac.local.engines import Engines
from askorac.sealing import keyrings
from askorac.tenancy.context import NoTenant, tenant
from askorac.testing.people import Customer, new_customer, new_project
from keys.clients import EmbeddingSpace
from knowledge.indexing import PREFIX, index_name, tend_indexes
from knowledge.models import Chunk, Document, Source
from knowledge.retrieval import (
    SEARCH_SETTINGS,
    nearest,
    placed_statement,
    search_statement,
)
from knowledge.words import fusion, postings
from projects.models import Project

SPACE = EmbeddingSpace("test", "random", 32)
LARGE = 3000

Vectors = npt.NDArray[np.float32]


def store(customer: Customer, project: Project, vectors: Vectors, *, live: bool = True) -> UUID:
    """A source of random chunks, as if it had been ingested."""
    now = timezone.now()
    with tenant(customer.id):
        Project.objects.filter(pk=project.pk).update(embedding_space=str(SPACE))
        source = Source.objects.create(
            project_id=project.pk,
            kind="text",
            name="Random",
            size_bytes=1,
            chunk_count=len(vectors),
            created_at=now,
        )
        document = Document.objects.create(
            project_id=project.pk, source_id=source.pk, title="Random", created_at=now
        )
        Chunk.objects.bulk_create(
            Chunk(
                organization_id=customer.id,
                project_id=project.pk,
                document_id=document.pk,
                ordinal=number,
                text=f"chunk {number}",
                text_digest=number.to_bytes(16),
                embedding_space=str(SPACE),
                embedding=HalfVector(vector),
                is_live=live,
            )
            for number, vector in enumerate(vectors)
        )
    return source.pk


def random_vectors(count: int, seed: int) -> Vectors:
    """Clustered unit vectors, as embeddings are: an index finds uniform noise hard."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(50, SPACE.dimensions))
    vectors = centres[chance.integers(0, 50, count)] + 0.5 * chance.normal(
        size=(count, SPACE.dimensions)
    )
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def plan(customer: Customer, project: Project, vector: Vectors, *, narrowed: bool) -> str:
    door = {"project_id": project.pk, "conversation_id": uuid4()} if narrowed else {}
    with tenant(customer.id, **door), connection.cursor() as cursor:
        cursor.execute(SEARCH_SETTINGS)
        bound = HalfVector(vector).to_text()
        cursor.execute("EXPLAIN " + search_statement(SPACE), [bound, project.pk, str(SPACE), 10])
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.fixture(scope="module")
def large() -> Iterator[tuple[Customer, Project, Vectors]]:
    """A project with its own index, among others."""
    customer = new_customer("Large")
    project, vectors = new_project(customer), random_vectors(LARGE, 1)
    store(customer, project, vectors)
    small = new_project(customer, "Small")
    store(customer, small, random_vectors(200, 2))
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE knowledge_chunk")
    tend_indexes(large=LARGE)
    yield customer, project, vectors
    with tenant(customer.id):
        Project.objects.all().delete()
    tend_indexes(large=LARGE)


def test_small_project_is_scanned_exactly(organization: Customer, project: Project) -> None:
    vectors = random_vectors(300, 3)
    store(organization, project, vectors)
    question = random_vectors(1, 4)[0]
    for narrowed in (False, True):
        assert PREFIX not in plan(organization, project, question, narrowed=narrowed)
    with tenant(organization.id):
        found = nearest(project_id=project.pk, space=SPACE, vector=question, limit=10)
    truth = np.argsort(-(vectors @ question))[:10]
    assert [passage.text for passage in found] == [f"chunk {number}" for number in truth]
    assert found[0].score == pytest.approx(float(vectors[truth[0]] @ question), abs=0.002)


def test_large_project_uses_its_own_index(large: tuple[Customer, Project, Vectors]) -> None:
    customer, project, vectors = large
    questions = random_vectors(20, 5)
    for narrowed in (False, True):
        assert f"{PREFIX}{project.pk.hex}" in plan(
            customer, project, questions[0], narrowed=narrowed
        )
    hits = 0
    with tenant(customer.id, project_id=project.pk, conversation_id=uuid4()):
        for question in questions:
            found = nearest(project_id=project.pk, space=SPACE, vector=question, limit=10)
            truth = {f"chunk {n}" for n in np.argsort(-(vectors @ question))[:10]}
            hits += len(truth & {passage.text for passage in found})
    assert hits >= 0.98 * 200


def test_prepared_statement_keeps_the_index(large: tuple[Customer, Project, Vectors]) -> None:
    """After five executions Postgres may turn to a generic plan, which can't see the index."""
    customer, project, _ = large
    with tenant(customer.id):
        raw = connection.connection
        raw.execute(SEARCH_SETTINGS)
        for _ in range(8):
            bound = HalfVector(random_vectors(1, 6)[0]).to_text()
            rows = raw.execute(
                "EXPLAIN " + search_statement(SPACE),
                [bound, project.pk, str(SPACE), 10],
                prepare=True,
            ).fetchall()
        assert f"{PREFIX}{project.pk.hex}" in "\n".join(row[0] for row in rows)


def test_chunks_at_places_are_found_by_their_index(
    large: tuple[Customer, Project, Vectors],
) -> None:
    customer, project, _ = large
    vector = HalfVector(random_vectors(1, 6)[0]).to_text()
    with tenant(customer.id, project_id=project.pk, conversation_id=uuid4()):
        document_id = Document.objects.values_list("pk", flat=True).get()
        places = [vector, [document_id] * 50, list(range(50)), project.pk, str(SPACE)]
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + placed_statement(SPACE), places)
            found = "\n".join(row[0] for row in cursor.fetchall())
            assert "chunk_once" in found, found
            assert "Seq Scan on knowledge_chunk" not in found, found


def test_search_of_another_organizations_project(
    large: tuple[Customer, Project, Vectors], stranger: Customer
) -> None:
    _, project, _ = large
    with tenant(stranger.id):
        assert nearest(project_id=project.pk, space=SPACE, vector=random_vectors(1, 7)[0]) == []


def test_nearest_stays_where_words_decide(
    organization: Customer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what only words have found is scored by its vector: that tells if it is near enough."""
    vectors = random_vectors(40, 13)
    store(organization, project, vectors)
    question = vectors[7]
    ring = keyrings.of(organization.id)
    with tenant(organization.id):
        texts = ["rope " * (number + 1) if number > 20 else "tar" for number in range(40)]
        postings.keep(
            postings.blind_words(texts, title="", ring=ring),
            organization_id=organization.id,
            project_id=project.pk,
            document_id=Document.objects.get().pk,
        )
        monkeypatch.setattr(fusion, "words_share", lambda *_args, **_kwargs: 1.0)
        found = nearest(
            project_id=project.pk, space=SPACE, vector=question, question="rope", limit=5
        )
        by_words = nearest(
            project_id=project.pk, space=SPACE, vector=question, question="rope", by="words"
        )
    numbers = [int(passage.text.removeprefix("chunk ")) for passage in found]
    assert (len(found), numbers[-1], min(numbers[:-1]) > 20) == (5, 7, True)
    assert [passage.score for passage in by_words] == pytest.approx(
        [float(vectors[int(each.text.removeprefix("chunk "))] @ question) for each in by_words],
        abs=0.002,
    )


def test_chunks_that_are_not_live(organization: Customer, project: Project) -> None:
    store(organization, project, random_vectors(5, 8), live=False)
    with tenant(organization.id):
        assert nearest(project_id=project.pk, space=SPACE, vector=random_vectors(1, 9)[0]) == []


def test_search_outside_a_context(project: Project) -> None:
    with pytest.raises(NoTenant):
        nearest(project_id=project.pk, space=SPACE, vector=random_vectors(1, 9)[0])


def test_invalid_index_is_built_again(
    large: tuple[Customer, Project, Vectors], engines: Engines
) -> None:
    """As it is left by an indexer that was killed while it built."""
    _, project, _ = large
    name = index_name(project.pk, str(SPACE))
    assert tend_indexes(large=LARGE) == 0
    with psycopg.connect(engines.superuser_url(), autocommit=True) as superuser:
        superuser.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [name]
        )
        assert tend_indexes(large=LARGE) == 2
        row = superuser.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = %s::regclass", [name]
        ).fetchone()
    assert row == (True,)


def test_index_of_a_deleted_project(stranger: Customer) -> None:
    project = new_project(stranger)
    store(stranger, project, random_vectors(LARGE, 10))
    assert tend_indexes(large=LARGE) == 1
    with tenant(stranger.id):
        project.delete()
    assert tend_indexes(large=LARGE) == 1
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname LIKE %s", [f"{PREFIX}%"])
        assert cursor.fetchone() in [(0,), (1,)]


@pytest.mark.parametrize("space", ["no space at all", "test/random/999999"])
def test_project_of_an_unusable_space_stops_no_other(
    stranger: Customer, space: str, caplog: pytest.LogCaptureFixture
) -> None:
    wrong, right = new_project(stranger), new_project(stranger)
    store(stranger, wrong, random_vectors(200, 11))
    store(stranger, right, random_vectors(200, 12))
    with tenant(stranger.id):
        Project.objects.filter(pk=wrong.pk).update(embedding_space=space)
        Project.objects.exclude(pk__in=[wrong.pk, right.pk]).delete()
    tend_indexes(large=200)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)",
            [index_name(right.pk, str(SPACE))],
        )
        assert cursor.fetchall() == [(True,)]
    assert f"index.failed project={wrong.pk}" in caplog.text
    with tenant(stranger.id):
        Project.objects.filter(pk__in=[wrong.pk, right.pk]).delete()
    tend_indexes(large=LARGE)
