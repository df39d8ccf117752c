"""Conversations as our staff read them under a grant: on their login, inside `content_opened`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from askorac.tenancy.router import STAFF
from askorac.web.paging import Keyset, moment, read_page

from .models import Conversation, Message, Speaker

PAGE: Final = 30
MOST_LINES: Final = 400
LATEST_FIRST: Final = Keyset("last_message_at", moment)
_LABEL_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A conversation in the list, with the beginning of its first question."""

    id: UUID
    channel: str
    started_at: datetime
    question_count: int
    first_question: str


@dataclass(frozen=True, slots=True)
class ReadList:
    """One page; `older` is the cursor of the next one, None on the last."""

    rows: tuple[ReadRow, ...]
    older: str | None


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One message."""

    speaker: str
    text: str
    rating_comment: str
    at: datetime


def list_for_staff(*, organization_id: UUID, project_id: UUID, before: str | None) -> ReadList:
    """The project's conversations, the latest first. Two statements.

    Raises NoSuchCursor, KeyRevoked, KeysAway.
    """
    rows = Conversation.objects.using(STAFF).only(*Conversation.isolation.staff)
    found = rows.filter(organization_id=organization_id, project_id=project_id)
    page = read_page(found, order=LATEST_FIRST, cursor=before, limit=PAGE)
    questions = _first_questions(organization_id, [row.pk for row in page.rows])
    shown = (
        ReadRow(row.pk, row.channel, row.started_at, row.question_count, questions.get(row.pk, ""))
        for row in page.rows
    )
    return ReadList(tuple(shown), page.next)


def read_for_staff(*, organization_id: UUID, conversation_id: UUID) -> list[ReadLine]:
    """What was said, in order; empty for any id that is not one of the organization's.

    Raises KeyRevoked, KeysAway.
    """
    rows = _messages(organization_id).filter(conversation_id=conversation_id)
    return [
        ReadLine(row.speaker, row.text.open(), row.rating_comment.open(), row.at)
        for row in rows.order_by("at", "-speaker")[:MOST_LINES]
    ]


def _first_questions(organization_id: UUID, conversation_ids: list[UUID]) -> dict[UUID, str]:
    asked = _messages(organization_id).filter(
        conversation_id__in=conversation_ids, speaker=Speaker.VISITOR
    )
    first = asked.order_by("conversation_id", "at").distinct("conversation_id")
    return {row.conversation_id: row.text.open()[:_LABEL_CHARACTERS] for row in first}


def _messages(organization_id: UUID) -> QuerySet[Message]:
    rows = Message.objects.using(STAFF).only(*Message.isolation.reading)
    return rows.filter(organization_id=organization_id)
