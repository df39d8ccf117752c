"""What was said, for those who read it: the members in the dashboard, and the visitor who returns.

All of it runs in the open context, which decides what there is to see.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Left

from projects.audit import Actor, Target, record
from projects.models import Project

from .events import SENTENCES, Citation
from .models import Conversation, Message, Speaker

PAGE = 30
MOST_LINES = 100
_LABEL_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation as lists show it. The counts are of the assistant's answers."""

    id: UUID
    visitor_id: UUID
    channel: str
    page_url: str
    started_at: datetime
    last_message_at: datetime
    first_question: str
    message_count: int
    answered_count: int
    unanswered_count: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a list goes on: behind this conversation. `parse` reads what `str` writes."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read what `str` wrote; else ValueError."""
        at, _, conversation_id = text.rpartition("_")
        cursor = cls(datetime.fromisoformat(at), UUID(conversation_id))
        if cursor.at.tzinfo is None:
            raise ValueError("A cursor's time has a zone.")
        return cursor


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """One page of a list; `older` is None on the last."""

    rows: tuple[ConversationRow, ...]
    older: Cursor | None


@dataclass(frozen=True, slots=True)
class Line:
    """One message, as it was said. `code` says why an answer ended early; else it is empty.

    `rating` is what the visitor thought of an answer, -1 or 1, if anything.
    """

    id: UUID
    speaker: str
    text: str
    citations: tuple[Citation, ...]
    confidence: float | None
    is_answered: bool | None
    code: str
    rating: int | None
    rating_comment: str
    at: datetime

    @property
    def ending(self) -> str:
        """Why an answer ended early, in a sentence; empty for one that came to its end."""
        return SENTENCES.get(self.code, "")


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole conversation."""

    conversation: ConversationRow
    lines: tuple[Line, ...]


def list_conversations(
    *, project: Project, before: Cursor | None = None, limit: int = PAGE
) -> ConversationPage:
    """A page of the project's conversations, the latest first. Three statements."""
    found = Conversation.objects.filter(project_id=project.pk)
    if before is not None:
        is_older = Q(last_message_at__lt=before.at)
        found = found.filter(is_older | Q(last_message_at=before.at, id__gt=before.id))
    conversations = list(found.order_by("-last_message_at", "id")[: limit + 1])
    rows = _rows(conversations[:limit])
    more = len(conversations) > limit
    older = Cursor(rows[-1].last_message_at, rows[-1].id) if more else None
    return ConversationPage(rows=rows, older=older)


def count_conversations(*, project: Project) -> int:
    """How many conversations the project has had."""
    return Conversation.objects.filter(project_id=project.pk).count()


def read_conversation(*, project: Project, conversation_id: UUID) -> Transcript | None:
    """A conversation with all its messages, or None for any other id. Four statements."""
    conversation = Conversation.objects.filter(project_id=project.pk, pk=conversation_id).first()
    if conversation is None:
        return None
    [row] = _rows([conversation])
    messages = _messages(conversation_id).order_by("turn__started_at", "turn_id", "-speaker")
    return Transcript(conversation=row, lines=tuple(map(_line, messages)))


def delete_conversation(
    *, project: Project, conversation_id: UUID, by: Actor, now: datetime
) -> bool:
    """Delete a conversation with its turns and messages; False if the project has none such.

    An answer that is being given ends when its process renews its lease, and finds none. What
    Redis still holds of it is gone with its stream, a few minutes later.
    """
    with transaction.atomic():
        count, _ = Conversation.objects.filter(project_id=project.pk, pk=conversation_id).delete()
        if count:
            target = Target(kind="conversation", id=conversation_id)
            record(action="conversation.deleted", target=target, by=by, now=now)
    return bool(count)


def read_lines(conversation_id: UUID, most: int = MOST_LINES) -> list[Line]:
    """The latest finished messages of a conversation in order, for the visitor who said them.

    An answer that ended before it said anything says why.
    """
    return [
        line if line.text else _explained(line)
        for line in map(_line, _latest(_messages(conversation_id), most))
    ]


def read_history(conversation_id: UUID, *, but: UUID, most: int) -> list[tuple[str, str]]:
    """The latest (question, answer) pairs before the turn `but`, in order; answers may be cut."""
    messages = _latest(_messages(conversation_id).exclude(turn_id=but), 2 * most)
    pairs: dict[UUID, dict[str, str]] = {}
    for message in messages:
        pairs.setdefault(message.turn_id, {})[message.speaker] = message.text
    return [
        (pair[Speaker.VISITOR], pair.get(Speaker.ASSISTANT, ""))
        for pair in pairs.values()
        if Speaker.VISITOR in pair
    ]


def _messages(conversation_id: UUID) -> QuerySet[Message]:
    return Message.objects.filter(conversation_id=conversation_id).select_related("turn")


def _latest(messages: QuerySet[Message], most: int) -> list[Message]:
    return list(messages.order_by("-turn__started_at", "-turn_id", "speaker")[:most])[::-1]


def _line(message: Message) -> Line:
    is_answer = message.speaker == Speaker.ASSISTANT
    return Line(
        id=message.pk,
        speaker=message.speaker,
        text=message.text,
        citations=tuple(Citation.restored(stored) for stored in message.citations),
        confidence=message.confidence,
        is_answered=message.is_answered,
        code=message.turn.code if is_answer else "",
        rating=message.rating,
        rating_comment=message.rating_comment,
        at=message.at,
    )


def _explained(line: Line) -> Line:
    return replace(line, text=SENTENCES.get(line.code, ""))


def _rows(conversations: Sequence[Conversation]) -> tuple[ConversationRow, ...]:
    ids = [conversation.pk for conversation in conversations]
    counts = _counts(ids)
    questions = _first_questions(ids)
    return tuple(
        _row(each, questions.get(each.pk, ""), counts.get(each.pk, (0, 0, 0)))
        for each in conversations
    )


def _row(
    conversation: Conversation, question: str, counts: tuple[int, int, int]
) -> ConversationRow:
    said, answered, unanswered = counts
    return ConversationRow(
        id=conversation.pk,
        visitor_id=conversation.visitor_id,
        channel=conversation.channel,
        page_url=conversation.page_url,
        started_at=conversation.started_at,
        last_message_at=conversation.last_message_at,
        first_question=question,
        message_count=said,
        answered_count=answered,
        unanswered_count=unanswered,
    )


def _counts(ids: Sequence[UUID]) -> dict[UUID, tuple[int, int, int]]:
    """How much was said, and how many answers were known and not known, by conversation."""
    rows = (
        Message.objects.filter(conversation_id__in=ids)
        .values("conversation_id")
        .annotate(
            said=Count("pk"),
            answered=Count("pk", filter=Q(is_answered=True)),
            unanswered=Count("pk", filter=Q(is_answered=False)),
        )
        .values_list("conversation_id", "said", "answered", "unanswered")
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def _first_questions(ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = (
        Message.objects.filter(conversation_id__in=ids, speaker=Speaker.VISITOR)
        .order_by("conversation_id", "at")
        .distinct("conversation_id")
        .values_list("conversation_id", Left("text", _LABEL_CHARACTERS))
    )
    return dict(rows)
