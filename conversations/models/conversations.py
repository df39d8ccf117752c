"""One visitor's exchange with a project."""

from django.db import models
from django.db.models import Q

from askorac.sealing.fields import SealedTextField
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantForeignKey, TenantModel

RATINGS = (-1, 1)


class Channel(models.TextChoices):
    """By which door a conversation came. `page` is the full page, `api` either HTTP door."""

    WIDGET = "widget"
    PLAYGROUND = "playground"
    PAGE = "page"
    API = "api", "API"


class Conversation(TenantModel):
    """One visitor's exchange with a project; in the playground the visitor is a member.

    What lists are searched by stands here, kept right by the transaction that ends a turn or
    records a rating: `is_answered` is False if one answer was not known, and None as long as none
    came to its end; `rating` is the worst that an answer was given, -1 or 1. `has_words` is False
    until all that was said can be found by its words. `seen_at` is when its visitor last had a
    socket open, give or take some minutes; since `nameless_at` nothing tells who the visitor was.
    """

    project = TenantForeignKey("projects.Project")
    visitor_id = models.UUIDField()
    channel = models.CharField(max_length=12, choices=Channel.choices)
    page_url = SealedTextField()
    started_at = models.DateTimeField()
    last_message_at = models.DateTimeField()
    question_count = models.PositiveIntegerField(default=0, db_default=0)
    unanswered_count = models.PositiveIntegerField(default=0, db_default=0)
    is_answered = models.BooleanField(null=True, default=None)
    rating = models.SmallIntegerField(null=True, default=None)
    has_words = models.BooleanField(default=True, db_default=True)
    seen_at = models.DateTimeField(null=True, default=None)
    nameless_at = models.DateTimeField(null=True, default=None)

    isolation = Isolation(
        public="conversation",
        conversation_column="id",
        staff=(
            "id",
            "organization_id",
            "project_id",
            "channel",
            "started_at",
            "last_message_at",
            "question_count",
            "unanswered_count",
            "rating",
        ),
    )

    class Meta(TenantModel.Meta):
        constraints = (
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="conversation_channel_known"
            ),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__in=RATINGS),
                name="conversation_rating_known",
            ),
        )
        indexes = (
            models.Index(
                fields=["organization_id", "project_id", "-last_message_at", "id"],
                name="conversation_newest",
            ),
            models.Index(
                fields=["organization_id", "project_id", "visitor_id", "-last_message_at", "id"],
                name="conversation_of_visitor",
            ),
            models.Index(
                fields=["organization_id", "project_id", "is_answered", "-last_message_at", "id"],
                name="conversation_answered",
            ),
            models.Index(
                fields=["organization_id", "project_id", "rating", "-last_message_at", "id"],
                name="conversation_rated",
            ),
            models.Index(
                fields=["organization_id", "project_id"],
                condition=Q(has_words=False),
                name="conversation_without_words",
            ),
        )
