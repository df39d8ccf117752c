"""What was said: conversations, and their turns with question and answer."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from askorac.jobs.models import State
from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from conversations.cited import Place
from conversations.events import Citation
from conversations.models import Conversation, Message, Turn

from .lines import moment

Row = dict[str, Any]
MOST_CONVERSATIONS: Final = 500
TURNS_AT_ONCE: Final = 200
_PATH: Final = "/cited/"


def next_conversations(project_id: UUID, after: UUID) -> list[Conversation]:
    """The conversations that the next part is about, in the order of their ids."""
    found = Conversation.objects.filter(project_id=project_id, pk__gt=after)
    return list(found.order_by("id")[:MOST_CONVERSATIONS])


def conversation_row(row: Conversation) -> Row:
    """A conversation, without what was said."""
    return {
        "id": str(row.pk),
        "visitor_id": str(row.visitor_id),
        "channel": row.channel,
        "page_url": row.page_url.open(),
        "started_at": moment(row.started_at),
        "last_message_at": moment(row.last_message_at),
        "question_count": row.question_count,
        "unanswered_count": row.unanswered_count,
        "is_answered": row.is_answered,
        "rating": row.rating,
    }


def turn_rows(organization_id: UUID, conversations: Sequence[Conversation]) -> Iterator[Row]:
    """The turns of conversations that came to their end, in order; page by page, each in a context
    of its own."""
    ids = [each.pk for each in conversations]
    begin = 0
    while True:
        keyrings.warm(organization_id)
        with tenant(organization_id):
            page = _page(ids, begin)
            messages = _messages(page)
        yield from (_turn(turn, messages[turn.pk]) for turn in page)
        if len(page) < TURNS_AT_ONCE:
            return
        begin += TURNS_AT_ONCE


def _page(conversation_ids: Sequence[UUID], begin: int) -> list[Turn]:
    ended = Turn.objects.filter(
        conversation_id__in=conversation_ids, state__in=[State.READY, State.FAILED]
    )
    ordered = ended.order_by("conversation_id", "started_at", "id")
    return list(ordered[begin : begin + TURNS_AT_ONCE])


def _messages(turns: Sequence[Turn]) -> dict[UUID, list[Message]]:
    found: dict[UUID, list[Message]] = defaultdict(list)
    rows = Message.objects.filter(turn_id__in=[turn.pk for turn in turns])
    for message in rows.order_by("-speaker"):  # the visitor's question comes first
        found[message.turn_id].append(message)
    return found


def _turn(turn: Turn, messages: Sequence[Message]) -> Row:
    return {
        "id": str(turn.pk),
        "conversation_id": str(turn.conversation_id),
        "client_id": str(turn.client_id),
        "state": turn.state,
        "code": turn.code,
        "provider": turn.provider,
        "model": turn.model,
        "input_tokens": turn.input_tokens,
        "output_tokens": turn.output_tokens,
        "cost_usd": None if turn.cost is None else f"{turn.cost:f}",
        "started_at": moment(turn.started_at),
        "finished_at": moment(turn.finished_at),
        "messages": [_message(message, turn) for message in messages],
    }


def _message(message: Message, turn: Turn) -> Row:
    """What an answer that ended without a key has kept stands in its turn."""
    kept = turn.text.open() if message.speaker == "assistant" and not message.text else ""
    return {
        "id": str(message.pk),
        "speaker": message.speaker,
        "text": message.text.open() or kept,
        "citations": [_citation(each) for each in message.citations.open() or ()],
        "confidence": message.confidence,
        "is_answered": message.is_answered,
        "rating": message.rating,
        "rating_comment": message.rating_comment.open(),
        "at": moment(message.at),
    }


def _citation(stored: dict[str, Any]) -> Row:
    """`start` and `end` are the quote's place in its chunk, in characters."""
    citation = Citation.restored(stored)
    place = Place.parse(citation.path.removeprefix(_PATH).rstrip("/"))
    return {
        "n": citation.n,
        "title": citation.title,
        "url": citation.url,
        "quote": citation.quote,
        "page": citation.page,
        "document_id": str(citation.document_id),
        "chunk_id": str(citation.chunk_id),
        "start": place.start if place else None,
        "end": place.end if place else None,
    }
