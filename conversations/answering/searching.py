"""From a question to what it can be answered from.

Two short hops into the database, in the public door's context, and none while a provider works:
one for the project and what was said before, one for the nearest passages.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final
from uuid import UUID

from askorac.sealing import keyrings
from askorac.tenancy.context import in_context
from conversations.transcripts import read_history
from conversations.turns import Question, TurnKey
from keys.clients import (
    ChatModel,
    EmbeddingModel,
    EmbeddingSpace,
    ProviderUnavailable,
    Vectors,
    models_ready,
)
from keys.spending import Spent
from knowledge.passages import Passage
from knowledge.retrieval import Respaced, cosine, nearest
from projects.models import Project
from projects.settings import Settings

from .followups import wordings
from .prompting import History, select

MOST_HISTORY_TURNS: Final = 3
EMBEDDING_SECONDS: Final = 20.0
# How near a follow-up comes by itself to what it is about, in parts of the floor, and of the way
# from the floor to a perfect score: docs/decisions/0005.
TOUCHED: Final = 1 / 3
UNDERSTOOD: Final = 1 / 10


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an answer can rest on.

    `passages` are about the question, the best first; there may be none. `floor` is the score
    under which the embedding model's passages are about something else. `standalone` is the
    question as it was searched for, and `rewriting` what it was counted as to put it so.
    `instructions` and `unanswered_text` are the owner's.
    """

    model: ChatModel
    allowed_domains: tuple[str, ...]
    instructions: str
    unanswered_text: str
    has_documents: bool
    history: tuple[tuple[str, str], ...]
    standalone: str
    passages: tuple[Passage, ...]
    floor: float
    rewriting: Spent | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """Passages, the best first, and the number of the wording that they are for."""

    wording: int
    passages: list[Passage]


async def search(question: Question, is_new: asyncio.Event) -> Grounds:
    """Find the grounds for an answer. Raises ProviderFault if the question can't be embedded,
    KeyRevoked or KeysAway if what was said or is known can't be opened.

    No provider is asked before `is_new` says that the question was never asked before.
    """
    await keyrings.ready(question.key.organization_id)
    project, history = await in_context(question.key.context, _look_up, question.key)
    await is_new.wait()
    models = await models_ready(project)
    model = models.chat
    standalone, floor = question.text, 0.0
    rewriting: Spent | None = None
    passages: tuple[Passage, ...] = ()
    if project.embedding_space:
        space = EmbeddingSpace.parse(project.embedding_space)
        embedding = models.embedding(space)
        worded = await wordings(question.text, history=history, model=model)
        texts, rewriting = worded.texts, worded.spent
        vectors = await _embedded(embedding, texts)
        floor = embedding.relevance_floor
        await keyrings.ready(project.organization_id)
        try:
            found = await in_context(
                question.key.context, _find, project.pk, space, texts, vectors, floor
            )
        except Respaced:
            return await search(question, is_new)  # from the start, by the model that it has now
        standalone = texts[found.wording]
        least = floor if project.answer_floor is None else project.answer_floor
        passages = tuple(select(found.passages, floor=least))
    await keyrings.ready(project.organization_id)
    settings = Settings.of(project)
    return Grounds(
        model=model,
        allowed_domains=tuple(project.allowed_domains),
        instructions=settings.instructions,
        unanswered_text=settings.unanswered_text.strip(),
        has_documents=bool(project.embedding_space),
        history=tuple(history),
        standalone=standalone,
        passages=passages,
        floor=floor,
        rewriting=rewriting,
    )


async def _embedded(embedding: EmbeddingModel, texts: list[str]) -> Vectors:
    """As the model's own, but not as patient: a visitor waits for it."""
    try:
        async with asyncio.timeout(EMBEDDING_SECONDS):
            return await embedding.embed(texts)
    except TimeoutError:
        raise ProviderUnavailable from None


def _look_up(key: TurnKey) -> tuple[Project, History]:
    history = read_history(key.conversation_id, but=key.turn_id, most=MOST_HISTORY_TURNS)
    return Project.objects.get(pk=key.project_id), history


def _find(
    project_id: UUID, space: EmbeddingSpace, texts: list[str], vectors: Vectors, floor: float
) -> _Found:
    """The passages for a question's vector and, for a follow-up, that of both questions together.

    A follow-up that finds something by itself is understood; the other search only adds to it.
    One that hardly does is taken together with the question before, if it touches what that
    finds: else any question at all would be given the answer before it.
    """
    alone = nearest(project_id=project_id, space=space, vector=vectors[0], question=texts[0])
    if len(vectors) == 1:
        return _Found(0, alone)
    together = nearest(project_id=project_id, space=space, vector=vectors[1], question=texts[1])
    is_understood = bool(alone) and max(each.score for each in alone) >= floor + UNDERSTOOD * (
        1 - floor
    )
    if not together or cosine(together[0], space=space, vector=vectors[0]) < TOUCHED * floor:
        return _Found(0, alone)
    if is_understood:
        return _Found(0, _in_turns(alone, together))
    return _Found(1, _in_turns(together, alone))


def _in_turns(first: Sequence[Passage], second: Sequence[Passage]) -> list[Passage]:
    """One of each in turn, each chunk once."""
    paired = (passage for pair in zip_longest(first, second) for passage in pair if passage)
    return list({passage.chunk_id: passage for passage in reversed(list(paired))}.values())[::-1]
