"""What a question would find: the passages of a project with their places and scores.

Nothing is open while a provider embeds the question, neither a transaction nor a connection.
"""

from dataclasses import dataclass
from time import perf_counter
from typing import Final
from uuid import UUID

from asgiref.sync import async_to_sync
from django.core.exceptions import ValidationError
from django.db import connections

from askorac.sealing import keyrings
from askorac.tenancy.context import NestedTenant, current, tenant
from keys.clients import EmbeddingModel, EmbeddingSpace, Vectors, models_for
from projects.models import Project

from .models import Chunk
from .passages import Passage
from .retrieval import By, Respaced, nearest

MOST_QUESTION_CHARACTERS: Final = 4_000
MOST_FOUND: Final = 50


@dataclass(frozen=True, slots=True)
class Found:
    """A passage with its place: `title` and `url` are its document's, `page` counts from 1.

    `external_id` is the caller's own name of the source, or empty; `ordinal` counts the chunks of
    the document from 0; `score` is the cosine, -1 to 1.
    """

    chunk_id: UUID
    document_id: UUID
    source_id: UUID
    external_id: str
    title: str
    url: str
    ordinal: int
    page: int | None
    heading: str
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found, the best first, and how long embedding and looking took, in seconds.

    What scores under `floor` is not used for an answer.
    """

    found: tuple[Found, ...]
    floor: float
    has_documents: bool
    embedding_seconds: float
    looking_seconds: float


def search_project(*, project: Project, question: str, limit: int, by: By = "both") -> Findings:
    """The passages of a project that are nearest to a question, at most `limit` (1 to 50).

    `by` leaves out one side of the search: that by vectors, or that by words.

    Call it from sync code with no context open: it opens one itself, once the question is
    embedded. Under a server the embedding runs on the server's event loop, with its clients.
    Raises ValidationError for a question that can't be searched for, ProviderFault if it can't
    be embedded, KeyRevoked, KeysAway, NestedTenant inside a context.
    """
    if current() is not None:
        raise NestedTenant("A provider is asked here; close the context first.")
    question = _usable(question)
    if not project.embedding_space:
        return Findings((), project.answer_floor or 0.0, False, 0.0, 0.0)
    space = EmbeddingSpace.parse(project.embedding_space)
    model = models_for(project).embedding(space)
    started_at = perf_counter()
    connections.close_all()  # this thread's, back to the pools while a provider works
    vectors = async_to_sync(model.embed)([question])
    embedded_at = perf_counter()
    keyrings.of(project.organization_id)  # asked for before a transaction is open
    most = min(max(limit, 1), MOST_FOUND)
    try:
        with tenant(project.organization_id):
            found = _found(project, space, question, vectors, by=by, limit=most)
    except Respaced:
        moved = _read_again(project)
        return search_project(project=moved, question=question, limit=limit, by=by)
    return Findings(
        found=found,
        floor=floor_of(project, model),
        has_documents=True,
        embedding_seconds=embedded_at - started_at,
        looking_seconds=perf_counter() - embedded_at,
    )


def floor_of(project: Project, model: EmbeddingModel) -> float:
    """The score under which a passage is not about a question: the project's, else the model's."""
    return model.relevance_floor if project.answer_floor is None else project.answer_floor


def _read_again(project: Project) -> Project:
    with tenant(project.organization_id):
        return Project.objects.get(pk=project.pk)


def _usable(question: str) -> str:
    question = question.replace("\0", "").strip()
    if not question:
        raise ValidationError("Type a question.")
    if len(question) > MOST_QUESTION_CHARACTERS:
        raise ValidationError(f"Use {MOST_QUESTION_CHARACTERS:,} characters at most.")
    return question


def _found(
    project: Project,
    space: EmbeddingSpace,
    question: str,
    vectors: Vectors,
    *,
    by: By,
    limit: int,
) -> tuple[Found, ...]:
    passages = nearest(
        project_id=project.pk,
        space=space,
        vector=vectors[0],
        question=question,
        limit=limit,
        by=by,
    )
    chunks = Chunk.objects.select_related("document__source").defer("embedding", "text", "heading")
    by_id = {each.pk: each for each in chunks.filter(pk__in=[each.chunk_id for each in passages])}
    # A chunk may be removed between the two statements.
    return tuple(_placed(each, by_id[each.chunk_id]) for each in passages if each.chunk_id in by_id)


def _placed(passage: Passage, chunk: Chunk) -> Found:
    source = chunk.document.source
    return Found(
        chunk_id=chunk.pk,
        document_id=passage.document_id,
        source_id=source.pk,
        external_id=source.external_id.open(),
        title=passage.title,
        url=passage.url,
        ordinal=chunk.ordinal,
        page=passage.page,
        heading=passage.heading,
        text=passage.text,
        score=passage.score,
    )
