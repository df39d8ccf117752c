"""What the tests of conversations do again and again: begin one, and let things be said in it."""

from datetime import timedelta
from uuid import UUID, uuid4

from django.utils import timezone

from askorac.sealing import keyrings
from conversations.events import Citation
from conversations.models import Conversation, ConversationWord, Message, Turn
from conversations.words import words_of_turn
from projects.models import Project

START = timezone.now().replace(microsecond=0) - timedelta(days=1)
CITATION = Citation(1, "Handbook", "/cited/x/", "Quote.", 3, uuid4(), uuid4())


def converse(project: Project, *, minute: int = 0, page_url: str = "https://shop.example/") -> UUID:
    """A conversation of nothing yet, inside the open context."""
    at = START + timedelta(minutes=minute)
    made = Conversation.objects.create(
        project_id=project.pk,
        visitor_id=uuid4(),
        channel="widget",
        page_url=page_url,
        started_at=at,
        last_message_at=at,
    )
    keep_words(project, made.pk, page_url=page_url)
    return made.pk


def exchange(
    project: Project,
    conversation_id: UUID,
    question: str,
    answer: str | None,
    *,
    minute: int = 0,
    is_answered: bool | None = True,
    code: str = "",
) -> UUID:
    """One turn of a conversation; without an answer it is still processing."""
    at = START + timedelta(minutes=minute)
    turn = Turn.objects.create(
        project_id=project.pk,
        conversation_id=conversation_id,
        client_id=uuid4(),
        state="processing" if answer is None else "ready",
        code=code,
        lease_expires_at=at,
        started_at=at,
    )
    said = {"project_id": project.pk, "conversation_id": conversation_id, "turn_id": turn.pk}
    # The database's clock and ours may differ: the question is dated behind its answer.
    Message.objects.create(**said, speaker="visitor", text=question, at=at + timedelta(seconds=9))
    if answer is not None:
        Message.objects.create(
            **said,
            speaker="assistant",
            text=answer,
            citations=[CITATION.stored()],
            confidence=0.8,
            is_answered=is_answered,
            at=at,
        )
    keep_words(project, conversation_id, question=question, answer=answer or "")
    return turn.pk


def keep_words(project: Project, conversation_id: UUID, **said: str) -> None:
    """What the conversation is found by, as the end of a turn would keep it."""
    ring = keyrings.of(project.organization_id)
    words = words_of_turn(ring, **{"question": "", "answer": "", "page_url": "", **said})
    ConversationWord.objects.bulk_create(
        [
            ConversationWord(
                organization_id=project.organization_id,
                project_id=project.pk,
                conversation_id=conversation_id,
                word=word,
            )
            for word in words
        ],
        ignore_conflicts=True,
    )
