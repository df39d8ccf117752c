"""Beginning, holding, ending and reading turns.

A turn's process holds a lease of ten seconds. Who has lost it, because the fencing number moved
on, writes nothing more. Each function is one short transaction in the public door's context,
which reaches the rows of the turn's conversation and nothing else. What was said is sealed before
it is bound and opened after it was read; no transaction waits for a key.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

import psycopg
from django.db import connection as django_connection

from askorac.jobs.models import State
from askorac.sealing import KeyRevoked, KeysAway, keyrings
from askorac.sealing.keyring import Keyring
from askorac.tenancy.context import require
from askorac.tenancy.signing import Context

from ..words import words_of_turn
from . import statements
from .pool import transaction
from .records import FIRST_FENCE, INTERRUPTED, Begun, Ending, Question, Record, TurnKey
from .sealing import (
    opened_answer,
    opened_checkpoint,
    opened_citations,
    opened_question,
    sealed_answer,
    sealed_checkpoint,
    sealed_question,
    sealed_text,
)

T = TypeVar("T")

PATIENCE_SECONDS: Final = 10.0


class LeaseLost(Exception):
    """The turn was ended by another process, or deleted: stop, and write nothing."""


async def begin(question: Question) -> Begun | Record:
    """Record a question, once.

    Returns what there is of it if it was asked before under the same `client_id`. Raises
    psycopg.OperationalError if the database is away; the question may be asked again then.
    Raises KeyRevoked or KeysAway, and nothing is recorded.
    """
    key = question.key
    ring = await keyrings.ready(key.organization_id)
    values = _named(key) | {
        "client": question.client_id,
        "visitor": question.visitor_id,
        "channel": question.channel,
        "question_message": key.question_message_id,
        "fence": FIRST_FENCE,
        "now": question.now,
        **sealed_question(ring, question),
    }
    async with transaction(key.context) as connection:
        cursor = await connection.execute(statements.BEGIN, values)
        if await cursor.fetchone():
            return Begun(key, FIRST_FENCE)
        cursor = await connection.execute(statements.READ_ASKED, values)
        row = await cursor.fetchone()
    if row is None:
        raise LeaseLost("The conversation was deleted while the question was asked.")
    return _record(ring, row)


async def renew(key: TurnKey, fence: int, text: str | None = None) -> None:
    """Hold the lease for another ten seconds; with `text`, keep it as the checkpoint.

    Raises LeaseLost, psycopg.OperationalError if the database is away, and with a text KeyRevoked
    or KeysAway.
    """
    ring = await keyrings.ready(key.organization_id) if text else None
    said = sealed_checkpoint(ring, key.turn_id, text) if ring and text else None
    values = _named(key) | {"fence": fence, "text": said}
    async with transaction(key.context) as connection:
        cursor = await connection.execute(statements.RENEW, values)
        if not cursor.rowcount:
            raise LeaseLost


async def finish(question: Question, fence: int, ending: Ending) -> str:
    """Record the answer, exactly once, whatever breaks, and what the conversation is found by.

    Returns the code that it ended with.

    That is another one than the ending's if there is no key to seal the answer by: then
    nothing of it is written, the turn keeps its last checkpoint, and has failed for that reason.
    A cancelled task records it first and is cancelled then. While the database is away it tries
    for ten seconds; after that psycopg.OperationalError is raised, and the turn is closed as
    interrupted when its lease runs out. Doing it again as the same holder changes nothing.
    Raises LeaseLost if another process has ended the turn.
    """
    return await _to_the_end(_finish_patiently(question, fence, ending))


async def read(key: TurnKey) -> Record | None:
    """The turn, or None if it was deleted. Raises KeyRevoked or KeysAway."""
    return await _read(key.context, statements.READ, _named(key))


async def read_unfinished(
    *, organization_id: UUID, project_id: UUID, conversation_id: UUID
) -> Record | None:
    """The newest turn of a conversation that is still processing, or None. Raises as `read`."""
    key = TurnKey(organization_id, project_id, conversation_id, conversation_id)
    return await _read(key.context, statements.READ_UNFINISHED, _named(key))


def close_lapsed(*, turn_id: UUID, text: str, now: datetime) -> UUID | None:
    """End a turn whose process has gone silent, as `interrupted`.

    Returns its project, in which words are to be found now; None if there is no such turn.

    Runs in the open context, on Django's connection: the sweeper has no event loop. `text` is
    what the caller found of the answer; if the last checkpoint is longer, that is recorded. With
    no key at hand the turn keeps its checkpoint: ask `keyrings` before the context is opened.
    """
    key = TurnKey(require().organization_id, turn_id, turn_id, turn_id)
    values: dict[str, Any] = {
        "organization": key.organization_id,
        "turn": turn_id,
        "answer_message": key.answer_message_id,
        "code": INTERRUPTED,
        "now": now,
    }
    with django_connection.cursor() as cursor:
        cursor.execute(statements.LAPSED, values)
        row = cursor.fetchone()
        if row is None:
            return None
        cursor.execute(statements.CLOSE_LAPSED, values | _left(key, row[0], text))
        closed: tuple[UUID] | None = cursor.fetchone()
    return closed[0] if closed else None


def _left(key: TurnKey, checkpoint: bytes | None, text: str) -> dict[str, object]:
    """What is left of an answer: the longer one of what was found and the checkpoint."""
    try:
        ring = keyrings.of(key.organization_id)
    except (KeyRevoked, KeysAway):
        return {"text": None, "keeps_checkpoint": True}
    kept = opened_checkpoint(ring, key.turn_id, checkpoint)
    longer = text if len(text) > len(kept) else kept
    sealed = sealed_text(ring, key.answer_message_id, longer)
    return {"text": sealed, "keeps_checkpoint": False}


async def _finish_patiently(question: Question, fence: int, ending: Ending) -> str:
    values = await _ended(question, fence, ending)
    now = asyncio.get_running_loop().time
    deadline, pause = now() + PATIENCE_SECONDS, 0.1
    while True:
        try:
            await _finish_once(question.key, fence, values)
            return str(values["code"])
        except psycopg.OperationalError:
            if now() + pause > deadline:
                raise
        await asyncio.sleep(pause)
        pause *= 2


async def _ended(question: Question, fence: int, ending: Ending) -> dict[str, object]:
    """The ending as `FINISH` binds it, sealed; without a key, that there was none."""
    key = question.key
    told = _named(key) | {
        "fence": fence,
        "answer_message": key.answer_message_id,
        "state": ending.state,
        "code": ending.code,
        "confidence": ending.confidence,
        "is_answered": ending.is_answered,
        "provider": ending.provider,
        "model": ending.model,
        "input_tokens": ending.input_tokens,
        "output_tokens": ending.output_tokens,
        "cost": ending.cost,
        "keeps_checkpoint": False,
    }
    try:
        ring = await keyrings.ready(key.organization_id)
    except (KeyRevoked, KeysAway) as fault:
        lost = dict.fromkeys(("confidence", "is_answered", "text", "citations", "words"))
        closed = {"state": State.FAILED, "code": fault.code, "keeps_checkpoint": True}
        return told | lost | closed
    words = await asyncio.to_thread(_words, ring, question, ending)
    return told | sealed_answer(ring, key, ending) | {"words": words}


async def _finish_once(key: TurnKey, fence: int, values: Mapping[str, object]) -> None:
    """The fence is still ours if an earlier attempt was committed and its confirmation lost."""
    async with transaction(key.context) as connection:
        cursor = await connection.execute(statements.FINISH, values)
        if await cursor.fetchone():
            return
        cursor = await connection.execute(statements.READ, values)
        row = await cursor.fetchone()
    if row is None or row["fence"] != fence:
        raise LeaseLost


def _words(ring: Keyring, question: Question, ending: Ending) -> list[int]:
    return words_of_turn(
        ring, question=question.text, answer=ending.text, page_url=question.page_url
    )


async def _read(context: Context, statement: str, values: Mapping[str, object]) -> Record | None:
    ring = await keyrings.ready(context.organization_id)
    async with transaction(context) as connection:
        cursor = await connection.execute(statement, values)
        row = await cursor.fetchone()
    return None if row is None else _record(ring, row)


async def _to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Await `work` to its end even if this task is cancelled meanwhile, and be cancelled then.

    If the work itself has failed, that is what is raised.
    """
    task = asyncio.ensure_future(work)
    interruption: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            interruption = error
    result = task.result()
    if interruption is not None:
        raise interruption
    return result


def _named(key: TurnKey) -> dict[str, object]:
    return {
        "organization": key.organization_id,
        "project": key.project_id,
        "conversation": key.conversation_id,
        "turn": key.turn_id,
    }


def _record(ring: Keyring, row: Mapping[str, Any]) -> Record:
    return Record(
        key=TurnKey(
            row["organization_id"], row["project_id"], row["conversation_id"], row["turn_id"]
        ),
        client_id=row["client_id"],
        fence=row["fence"],
        has_lapsed=row["has_lapsed"],
        question=opened_question(ring, row),
        ending=Ending(
            state=row["state"],
            code=row["code"],
            text=opened_answer(ring, row),
            citations=opened_citations(ring, row),
            confidence=row["confidence"],
            is_answered=row["is_answered"],
            provider=row["provider"],
            model=row["model"],
            input_tokens=row["input_tokens"],
            output_tokens=row["output_tokens"],
            cost=row["cost"],
        ),
    )
