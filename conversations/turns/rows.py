"""Beginning, holding, ending and reading turns.

A turn's process holds a lease of ten seconds. Who has lost it, because the fencing number moved
on, writes nothing more. Each function is one short transaction in the public door's context,
which reaches the rows of the turn's conversation and nothing else.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

import psycopg
from django.db import connection as django_connection
from psycopg.types.json import Jsonb

from askorac.tenancy.context import require
from askorac.tenancy.signing import Context

from ..events import Citation
from . import statements
from .pool import transaction
from .records import FIRST_FENCE, INTERRUPTED, Begun, Ending, Question, Record, TurnKey

T = TypeVar("T")

PATIENCE_SECONDS: Final = 10.0


class LeaseLost(Exception):
    """The turn was ended by another process, or deleted: stop, and write nothing."""


async def begin(question: Question) -> Begun | Record:
    """Record a question, once.

    Returns what there is of it if it was asked before under the same `client_id`. Raises
    psycopg.OperationalError if the database is away; the question may be asked again then.
    """
    key = question.key
    values = _named(key) | {
        "client": question.client_id,
        "visitor": question.visitor_id,
        "channel": question.channel,
        "page_url": _storable(question.page_url)[:2000],
        "question": _storable(question.text),
        "question_message": key.question_message_id,
        "fence": FIRST_FENCE,
        "now": question.now,
    }
    async with transaction(key.context) as connection:
        cursor = await connection.execute(statements.BEGIN, values)
        if await cursor.fetchone():
            return Begun(key, FIRST_FENCE)
        cursor = await connection.execute(statements.READ_ASKED, values)
        row = await cursor.fetchone()
    if row is None:
        raise LeaseLost("The conversation was deleted while the question was asked.")
    return _record(row)


async def renew(key: TurnKey, fence: int, text: str | None = None) -> None:
    """Hold the lease for another ten seconds; with `text`, keep it as the checkpoint.

    Raises LeaseLost, or psycopg.OperationalError if the database is away.
    """
    said = None if text is None else _storable(text)
    values = _named(key) | {"fence": fence, "text": said}
    async with transaction(key.context) as connection:
        cursor = await connection.execute(statements.RENEW, values)
        if not cursor.rowcount:
            raise LeaseLost


async def finish(key: TurnKey, fence: int, ending: Ending) -> None:
    """Record the answer, exactly once, whatever breaks.

    A cancelled task records it first and is cancelled then. While the database is away it tries
    for ten seconds; after that psycopg.OperationalError is raised, and the turn is closed as
    interrupted when its lease runs out. Doing it again as the same holder changes nothing.
    Raises LeaseLost if another process has ended the turn.
    """
    await _to_the_end(_finish_patiently(key, fence, ending))


async def read(key: TurnKey) -> Record | None:
    """The turn, or None if it was deleted."""
    return await _read(key.context, statements.READ, _named(key))


async def read_unfinished(
    *, organization_id: UUID, project_id: UUID, conversation_id: UUID
) -> Record | None:
    """The newest turn of a conversation that is still processing, or None."""
    key = TurnKey(organization_id, project_id, conversation_id, conversation_id)
    return await _read(key.context, statements.READ_UNFINISHED, _named(key))


def close_lapsed(*, turn_id: UUID, text: str, now: datetime) -> bool:
    """End a turn whose process has gone silent, as `interrupted`; False if there is none.

    Runs in the open context, on Django's connection: the sweeper has no event loop. `text` is
    what the caller found of the answer; if the last checkpoint is longer, that is recorded.
    """
    key = TurnKey(require().organization_id, turn_id, turn_id, turn_id)
    values: dict[str, Any] = {
        "organization": key.organization_id,
        "turn": turn_id,
        "answer_message": key.answer_message_id,
        "code": INTERRUPTED,
        "text": _storable(text),
        "now": now,
    }
    with django_connection.cursor() as cursor:
        cursor.execute(statements.CLOSE_LAPSED, values)
        return cursor.fetchone() is not None


async def _finish_patiently(key: TurnKey, fence: int, ending: Ending) -> None:
    now = asyncio.get_running_loop().time
    deadline, pause = now() + PATIENCE_SECONDS, 0.1
    while True:
        try:
            return await _finish_once(key, fence, ending)
        except psycopg.OperationalError:
            if now() + pause > deadline:
                raise
        await asyncio.sleep(pause)
        pause *= 2


async def _finish_once(key: TurnKey, fence: int, ending: Ending) -> None:
    """The fence is still ours if an earlier attempt was committed and its confirmation lost."""
    values = _named(key) | {
        "fence": fence,
        "answer_message": key.answer_message_id,
        "state": ending.state,
        "code": ending.code,
        "text": _storable(ending.text),
        "citations": Jsonb([citation.stored() for citation in ending.citations]),
        "confidence": ending.confidence,
        "is_answered": ending.is_answered,
        "provider": ending.provider,
        "model": ending.model,
        "input_tokens": ending.input_tokens,
        "output_tokens": ending.output_tokens,
    }
    async with transaction(key.context) as connection:
        cursor = await connection.execute(statements.FINISH, values)
        if await cursor.fetchone():
            return
        cursor = await connection.execute(statements.READ, values)
        row = await cursor.fetchone()
    if row is None or row["fence"] != fence:
        raise LeaseLost


async def _read(context: Context, statement: str, values: Mapping[str, object]) -> Record | None:
    async with transaction(context) as connection:
        cursor = await connection.execute(statement, values)
        row = await cursor.fetchone()
    return None if row is None else _record(row)


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


def _storable(text: str) -> str:
    """The text without what PostgreSQL can't hold: the zero character and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _record(row: Mapping[str, Any]) -> Record:
    return Record(
        key=TurnKey(
            row["organization_id"], row["project_id"], row["conversation_id"], row["turn_id"]
        ),
        client_id=row["client_id"],
        fence=row["fence"],
        has_lapsed=row["has_lapsed"],
        question=row["question"],
        ending=Ending(
            state=row["state"],
            code=row["code"],
            text=row["text"],
            citations=tuple(Citation.restored(stored) for stored in row["citations"]),
            confidence=row["confidence"],
            is_answered=row["is_answered"],
            provider=row["provider"],
            model=row["model"],
            input_tokens=row["input_tokens"],
            output_tokens=row["output_tokens"],
        ),
    )
