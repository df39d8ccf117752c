"""What visitors think of the answers that they were given."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Min

from askorac.sealing.fields import sealed_value

from .models import Conversation, Message, Speaker

MOST_COMMENT_CHARACTERS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Rating:
    """1 for an answer that helped, -1 for one that did not, None to take back what was said."""

    value: int | None
    comment: str = ""


def rate(*, conversation_id: UUID, message_id: UUID, rating: Rating) -> bool:
    """Keep what the visitor thinks of an answer, in place of what they thought before.

    Runs in the open context. False if the conversation has no such answer: a question, an answer
    that is still being given, and another conversation's message are none. Raises KeyRevoked or
    KeysAway if there is a comment that can't be sealed.
    """
    conversations = Conversation.objects.filter(pk=conversation_id)
    answers = Message.objects.filter(conversation_id=conversation_id, speaker=Speaker.ASSISTANT)
    with transaction.atomic():
        # Locked first: of two ratings at once, the second counts the worst of both.
        if not conversations.select_for_update().values_list("pk").first():
            return False
        comment = rating.comment if rating.value else ""
        sealed = sealed_value(Message, "rating_comment", message_id, comment)
        rated = answers.filter(pk=message_id).update(rating=rating.value, rating_comment=sealed)
        worst = answers.aggregate(worst=Min("rating"))["worst"]
        conversations.update(rating=worst)
    return bool(rated)
