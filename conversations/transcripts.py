"""What was said, for those who read it: the members in the dashboard, and the visitor who returns.

All of it runs in the open context, which decides what there is to see, and raises KeyRevoked,
KeysAway or Tampered where that can't be opened. The caller asks `keyrings` first, so that no
transaction waits for a key.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from askorac.sealing import keyrings
from askorac.sealing.fields import purpose_of
from askorac.tenancy.context import require
from projects.models import Project

from .events import SENTENCES, Citation
from .listing import ConversationRow, Wanted, labelled, list_conversations, row_of
from .models import Conversation, Message, Speaker, Turn

MOST_LINES = 100

# By hand, since each question pays for it: building it anew took most of its time.
_HISTORY = """
    SELECT m.id, m.turn_id, m.speaker, m.text
    FROM conversations_message m
    JOIN conversations_turn t ON t.organization_id = m.organization_id AND t.id = m.turn_id
    WHERE m.conversation_id = %s AND m.turn_id <> %s
    ORDER BY t.started_at DESC, m.turn_id DESC, m.speaker
    LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """What answered, and what that was counted as. `cost` is in US dollars, by the prices of its
    day; it is None where they are not known, as counts are where nobody counted."""

    provider: str
    model: str
    input_tokens: int | None
    output_tokens: int | None
    cost: Decimal | None


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
    usage: Usage | None = None

    @property
    def ending(self) -> str:
        """Why an answer ended early, in a sentence; empty for one that came to its end."""
        return SENTENCES.get(self.code, "")


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole conversation."""

    conversation: ConversationRow
    lines: tuple[Line, ...]

    @property
    def cost(self) -> Decimal | None:
        """What its answers cost in US dollars; None if none was asked for, or one is not known."""
        costs = [line.usage.cost for line in self.lines if line.usage]
        known = [cost for cost in costs if cost is not None]
        return sum(known, Decimal(0)) if known and len(known) == len(costs) else None


def read_conversation(*, project: Project, conversation_id: UUID) -> Transcript | None:
    """A conversation with all its messages, or None for any other id. Two statements."""
    found = labelled(Conversation.objects.filter(project_id=project.pk, pk=conversation_id)).first()
    if found is None:
        return None
    messages = _in_order(_messages(conversation_id))
    return Transcript(conversation=row_of(found), lines=tuple(map(_line, messages)))


def read_transcripts(
    *, project: Project, wanted: Wanted, before: str | None, limit: int
) -> tuple[list[Transcript], str | None]:
    """A page of the wanted conversations with all that was said, and where the next one begins.

    Two statements.
    """
    page = list_conversations(project=project, wanted=wanted, before=before, limit=limit)
    messages = Message.objects.filter(conversation_id__in=[row.id for row in page.rows])
    lines: dict[UUID, list[Line]] = defaultdict(list)
    for message in _in_order(messages.select_related("turn")):
        lines[message.conversation_id].append(_line(message))
    return [Transcript(row, tuple(lines[row.id])) for row in page.rows], page.older


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
    ring, purpose = keyrings.of(require().organization_id), purpose_of(Message, "text")
    with connection.cursor() as cursor:
        cursor.execute(_HISTORY, [conversation_id, but, 2 * most])
        messages = cursor.fetchall()[::-1]
    pairs: dict[UUID, dict[str, str]] = {}
    for message_id, turn_id, speaker, sealed in messages:
        text = ring.open(bytes(sealed), purpose=purpose, row_id=message_id) if sealed else b""
        pairs.setdefault(turn_id, {})[speaker] = text.decode()
    return [
        (pair[Speaker.VISITOR], pair.get(Speaker.ASSISTANT, ""))
        for pair in pairs.values()
        if Speaker.VISITOR in pair
    ]


def _messages(conversation_id: UUID) -> QuerySet[Message]:
    return Message.objects.filter(conversation_id=conversation_id).select_related("turn")


def _in_order(messages: QuerySet[Message]) -> QuerySet[Message]:
    return messages.order_by("turn__started_at", "turn_id", "-speaker")


def _latest(messages: QuerySet[Message], most: int) -> list[Message]:
    return list(messages.order_by("-turn__started_at", "-turn_id", "speaker")[:most])[::-1]


def _line(message: Message) -> Line:
    """The message, opened. An answer that ended without a key is what its turn has kept of it."""
    is_answer = message.speaker == Speaker.ASSISTANT
    kept = message.turn.text.open() if is_answer and not message.text else ""
    return Line(
        id=message.pk,
        speaker=message.speaker,
        text=message.text.open() or kept,
        citations=tuple(map(Citation.restored, message.citations.open() or ())),
        confidence=message.confidence,
        is_answered=message.is_answered,
        code=message.turn.code if is_answer else "",
        rating=message.rating,
        rating_comment=message.rating_comment.open(),
        at=message.at,
        usage=_usage(message.turn) if is_answer and message.turn.provider else None,
    )


def _usage(turn: Turn) -> Usage:
    return Usage(turn.provider, turn.model, turn.input_tokens, turn.output_tokens, turn.cost)


def _explained(line: Line) -> Line:
    return replace(line, text=SENTENCES.get(line.code, ""))
