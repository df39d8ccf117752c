"""What was said, word for word."""

from django.db import models
from django.db.models import Q

from askorac.sealing.fields import SealedJSONField, SealedTextField
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantForeignKey, TenantModel

from .conversations import RATINGS


class Speaker(models.TextChoices):
    VISITOR = "visitor"
    ASSISTANT = "assistant"


class Message(TenantModel):
    """One message of a turn: the visitor's question, or the assistant's answer.

    `citations` is a list of {n, title, url, quote, page, document_id, chunk_id}, frozen as the
    visitor saw it; none are stored as nothing. `rating` is what the visitor thought of an answer:
    -1, 1, or nothing said.
    """

    project = TenantForeignKey("projects.Project")
    conversation = TenantForeignKey("conversations.Conversation")
    turn = TenantForeignKey("conversations.Turn")
    speaker = models.CharField(max_length=10, choices=Speaker.choices)
    text = SealedTextField()
    citations = SealedJSONField()
    confidence = models.FloatField(null=True)
    is_answered = models.BooleanField(null=True)
    rating = models.SmallIntegerField(null=True, default=None)
    rating_comment = SealedTextField()
    at = models.DateTimeField()

    isolation = Isolation(
        public="conversation",
        reading=(
            "id",
            "organization_id",
            "project_id",
            "conversation_id",
            "turn_id",
            "speaker",
            "text",
            "confidence",
            "is_answered",
            "rating",
            "rating_comment",
            "at",
        ),
        opened_by=(
            ("conversation", "conversation_id", ""),
            ("conversations", "project_id", "speaker::text = 'visitor'::text"),
        ),
    )

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["organization_id", "turn", "speaker"], name="message_once_a_turn"
            ),
            models.CheckConstraint(
                condition=Q(speaker__in=Speaker.values), name="message_speaker_known"
            ),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__in=RATINGS, speaker=Speaker.ASSISTANT),
                name="message_rating_known",
            ),
        )
        indexes = (
            models.Index(
                fields=["organization_id", "conversation", "at"], name="message_of_conversation"
            ),
        )
