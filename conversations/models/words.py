"""What conversations are found by: blind, so that only the organization's key can ask for it."""

from django.db import models

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantForeignKey, TenantModel


class ConversationWord(TenantModel):
    """A word that was said in a conversation, or stands in its page's address.

    `word` is the keyed hash of its stem (`conversations.words`).
    """

    project = TenantForeignKey("projects.Project", db_index=False)
    conversation = TenantForeignKey("conversations.Conversation", db_index=False)
    word = models.BigIntegerField()

    isolation = Isolation(public="conversation")

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["organization_id", "conversation", "word"], name="word_once_a_conversation"
            ),
        )
        indexes = (
            # With the conversation at its end, so that a word's are read without their rows.
            models.Index(
                fields=["organization_id", "project", "word", "conversation"],
                name="conversation_of_word",
            ),
        )
