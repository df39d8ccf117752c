"""The words of conversations that have none yet: those from before there were any, and those whose
answer was ended by somebody else than who gave it. A job finds them, batch by batch."""

from collections import defaultdict
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from askorac.jobs.leases import Lease, advance, enqueue
from askorac.jobs.tasks import wake
from askorac.sealing import keyrings
from askorac.sealing.keyring import Keyring
from askorac.tenancy.context import tenant

from .models import Conversation, ConversationWord, Message, Speaker
from .words import words_of_turn

FIND_WORDS: Final = "conversations.find_words"
# Visitors who go on with one of these conversations wait so long: some tenths of a second.
BATCH: Final = 50


def ask_for_words(project_id: UUID, *, now: datetime) -> None:
    """Have a worker find the words that a project's conversations lack, in the open context."""
    enqueue(kind=FIND_WORDS, target_id=project_id, now=now, wake=wake, restarts=True)


def lacks_words(project_id: UUID, *, now: datetime) -> bool:
    """Whether a project has conversations that can't be found by all their words yet.

    Then a worker is asked to find them, unless one is at it: there may be some of an answer that
    ended without a key, which has been given back since.
    """
    lacks = _wordless(project_id).exists()
    if lacks:
        enqueue(kind=FIND_WORDS, target_id=project_id, now=now, wake=wake)
    return lacks


def find_words(lease: Lease) -> None:
    """Find the words of all conversations of a project that lack them. Raises KeyRevoked."""
    done, left = 0, 1
    while left:
        ring = keyrings.of(lease.organization_id)
        with tenant(lease.organization_id):
            done += _find_some(ring, lease.target_id)
            left = _wordless(lease.target_id).count()
            advance(lease, done=done, total=done + left)


def _find_some(ring: Keyring, project_id: UUID) -> int:
    """Find the words of a batch of conversations, held until the transaction ends."""
    batch = list(_wordless(project_id).select_for_update()[:BATCH])
    found: defaultdict[UUID, set[int]] = defaultdict(set)
    for conversation in batch:
        found[conversation.pk].update(
            words_of_turn(ring, question="", answer="", page_url=conversation.page_url.open())
        )
    turns: defaultdict[tuple[UUID, UUID], dict[str, str]] = defaultdict(dict)
    for message in Message.objects.filter(conversation_id__in=found).select_related("turn"):
        is_kept = message.speaker == Speaker.ASSISTANT and not message.text  # it had no key then
        text = message.turn.text.open() if is_kept else message.text.open()
        turns[message.conversation_id, message.turn_id][message.speaker] = text
    for (conversation_id, _), said in turns.items():
        question, answer = said.get(Speaker.VISITOR, ""), said.get(Speaker.ASSISTANT, "")
        found[conversation_id].update(
            words_of_turn(ring, question=question, answer=answer, page_url="")
        )
    ConversationWord.objects.bulk_create(
        [
            ConversationWord(
                organization_id=ring.organization_id,
                project_id=project_id,
                conversation_id=conversation_id,
                word=word,
            )
            for conversation_id, words in found.items()
            for word in words
        ],
        ignore_conflicts=True,
    )
    Conversation.objects.filter(pk__in=found).update(has_words=True)
    return len(batch)


def _wordless(project_id: UUID) -> QuerySet[Conversation]:
    return Conversation.objects.filter(project_id=project_id, has_words=False)
