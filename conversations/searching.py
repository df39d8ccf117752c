"""From a question to what it can be answered from.

Two short hops into the database, in the public door's context, and none while a provider works:
one for the project and what was said before, one for the nearest passages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from askorac.tenancy.context import in_context
from keys.clients import ChatModel, EmbeddingSpace, Vectors, chat_model, embedding_model
from knowledge.retrieval import Passage, nearest
from projects.models import Project

from .followups import wordings
from .prompting import History, select
from .transcripts import read_history
from .turns import Question, TurnKey

MOST_HISTORY_TURNS: Final = 3


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an answer can rest on.

    `passages` are about the question, the best first; there may be none. `floor` is the score
    that they reach at least. `standalone` is the question as it was searched for.
    """

    model: ChatModel
    allowed_domains: tuple[str, ...]
    has_documents: bool
    history: tuple[tuple[str, str], ...]
    standalone: str
    passages: tuple[Passage, ...]
    floor: float


async def search(question: Question) -> Grounds:
    """Find the grounds for an answer. Raises ProviderFault if the question can't be embedded."""
    project, history = await in_context(question.key.context, _look_up, question.key)
    model = chat_model(project)
    standalone, floor = question.text, 0.0
    passages: tuple[Passage, ...] = ()
    if project.embedding_space:
        space = EmbeddingSpace.parse(project.embedding_space)
        embedding = embedding_model(space)
        texts = await wordings(question.text, history=history, model=model)
        vectors = await embedding.embed(texts)
        found = await in_context(question.key.context, _nearest, project.pk, space, vectors)
        standalone = texts[_best(found)]
        floor = embedding.relevance_floor
        passages = tuple(select(_fused(found), floor=floor))
    return Grounds(
        model=model,
        allowed_domains=tuple(project.allowed_domains),
        has_documents=bool(project.embedding_space),
        history=tuple(history),
        standalone=standalone,
        passages=passages,
        floor=floor,
    )


def _look_up(key: TurnKey) -> tuple[Project, History]:
    history = read_history(key.conversation_id, but=key.turn_id, most=MOST_HISTORY_TURNS)
    return Project.objects.get(pk=key.project_id), history


def _nearest(project_id: UUID, space: EmbeddingSpace, vectors: Vectors) -> list[list[Passage]]:
    return [nearest(project_id=project_id, space=space, vector=vector) for vector in vectors]


def _best(found: Sequence[Sequence[Passage]]) -> int:
    """The number of the search whose best passage scores highest."""
    return max(range(len(found)), key=lambda at: found[at][0].score if found[at] else -1.0)


def _fused(found: Sequence[Sequence[Passage]]) -> list[Passage]:
    """All passages, each with the best of its scores, the best first."""
    best: dict[UUID, Passage] = {}
    for passage in (passage for passages in found for passage in passages):
        if passage.chunk_id not in best or best[passage.chunk_id].score < passage.score:
            best[passage.chunk_id] = passage
    return sorted(best.values(), key=lambda passage: -passage.score)
