"""Conversations leave as a file: CSV, one message a row, or JSON Lines, one conversation a line.

A file is made batch by batch, each in a context of its own, while it is being sent: however many
conversations there are, a process holds one batch of them for each file. Batches wait for each
other: a program that asks for a hundred files keeps visitors and other programs waiting for one.

CSV is for spreadsheets (askorac.web.spreadsheets).
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from weakref import WeakKeyDictionary

from askorac.sealing import keyrings
from askorac.tenancy.context import in_tenant
from askorac.web import spreadsheets
from askorac.web.spreadsheets import harmless
from projects.models import Project
from projects.trail.recording import Actor, Target, record

from .listing import ConversationRow, Wanted, matching
from .transcripts import Line, Transcript, Usage, read_transcripts

BATCH: Final = 100
MOST_AT_ONCE: Final = 2  # batches that a process reads, of all its files

_turnstiles: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

# What each kind of file is sent as.
MEDIA_TYPES: Final = {"csv": spreadsheets.MEDIA_TYPE, "jsonl": "application/x-ndjson"}

COLUMNS: Final = (
    "conversation",
    "visitor",
    "channel",
    "page",
    "message",
    "at",
    "speaker",
    "text",
    "answered",
    "confidence",
    "ended_as",
    "rating",
    "comment",
    "sources",
)


def as_csv(transcripts: Sequence[Transcript]) -> bytes:
    """Rows of messages, without a heading."""
    return spreadsheets.as_rows(
        _cells(transcript, line) for transcript in transcripts for line in transcript.lines
    )


def as_json_lines(transcripts: Sequence[Transcript]) -> bytes:
    """One conversation a line."""
    lines = (json.dumps(conversation_as_json(each), ensure_ascii=False) for each in transcripts)
    return "".join(f"{line}\n" for line in lines).encode()


async def export(
    *, project: Project, wanted: Wanted, kind: str, by: Actor, now: datetime
) -> AsyncGenerator[bytes, None]:
    """The wanted conversations up to `now`, the latest first, as `csv` or `jsonl`.

    That they were exported, and how many, is written down before the first byte. A key that is
    taken away meanwhile breaks the file off.
    """
    write = _WRITERS[kind]
    until = min(wanted.until, now) if wanted.until else now
    bounded = replace(wanted, until=until)
    organization_id = project.organization_id
    await keyrings.ready(organization_id)
    await in_tenant(organization_id, _write_down, project, bounded, kind, by, now)
    if kind == "csv":
        yield spreadsheets.heading(COLUMNS)
    before: str | None = None
    while True:
        async with turnstile():
            await keyrings.ready(organization_id)
            batch, before = await in_tenant(
                organization_id,
                read_transcripts,
                project=project,
                wanted=bounded,
                before=before,
                limit=BATCH,
            )
        if batch:
            yield write(batch)
        if before is None:
            return


def turnstile() -> asyncio.Semaphore:
    """The running loop's, before each batch; whoever came first goes first."""
    return _turnstiles.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(MOST_AT_ONCE))


def conversation_as_json(transcript: Transcript) -> dict[str, Any]:
    """A conversation with its messages, as programs are given it."""
    messages = [_line_as_json(line) for line in transcript.lines]
    return {**row_as_json(transcript.conversation), "messages": messages}


def row_as_json(row: ConversationRow) -> dict[str, Any]:
    """A conversation without its messages."""
    return {
        "id": str(row.id),
        "visitor_id": str(row.visitor_id),
        "channel": row.channel,
        "page_url": row.page_url,
        "started_at": row.started_at.isoformat(),
        "last_message_at": row.last_message_at.isoformat(),
        "first_question": row.first_question,
        "question_count": row.question_count,
        "unanswered_count": row.unanswered_count,
        "answered": row.is_answered,
        "rating": row.rating,
    }


def _line_as_json(line: Line) -> dict[str, Any]:
    return {
        "id": str(line.id),
        "role": line.speaker,
        "text": line.text,
        "at": line.at.isoformat(),
        "answered": line.is_answered,
        "confidence": line.confidence,
        "ended_as": line.code,
        "rating": line.rating,
        "comment": line.rating_comment,
        "sources": [
            {
                "n": citation.n,
                "title": citation.title,
                "quote": citation.quote,
                "page": citation.page,
                "document_id": str(citation.document_id),
            }
            for citation in line.citations
        ],
        "usage": _usage_as_json(line.usage) if line.usage else None,
    }


def _usage_as_json(usage: Usage) -> dict[str, Any]:
    """The cost in full, as text, so that no reader rounds it."""
    return {
        "provider": usage.provider,
        "model": usage.model,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost_usd": None if usage.cost is None else f"{usage.cost:f}",
    }


def _write_down(project: Project, wanted: Wanted, kind: str, by: Actor, now: datetime) -> None:
    target = Target(kind="project", id=project.pk, label=project.name)
    count = matching(project, wanted).count()
    record(action="conversations.exported", target=target, by=by, now=now, kind=kind, count=count)


def _cells(transcript: Transcript, line: Line) -> Iterator[str]:
    row = transcript.conversation
    yield str(row.id)
    yield str(row.visitor_id)
    yield row.channel
    yield harmless(row.page_url)
    yield str(line.id)
    yield line.at.isoformat()
    yield line.speaker
    yield harmless(line.text)
    yield "" if line.is_answered is None else str(line.is_answered).lower()
    yield "" if line.confidence is None else str(line.confidence)
    yield line.code
    yield "" if line.rating is None else str(line.rating)
    yield harmless(line.rating_comment)
    yield harmless("; ".join(citation.title for citation in line.citations))


_WRITERS: Final[dict[str, Callable[[Sequence[Transcript]], bytes]]] = {
    "csv": as_csv,
    "jsonl": as_json_lines,
}
