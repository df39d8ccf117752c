"""One visitor's exchange with a project."""

from django.db import models
from django.db.models import Q

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantForeignKey, TenantModel


class Channel(models.TextChoices):
    WIDGET = "widget"
    PLAYGROUND = "playground"


class Conversation(TenantModel):
    """One visitor's exchange with a project; in the playground the visitor is a member."""

    project = TenantForeignKey("projects.Project")
    visitor_id = models.UUIDField()
    channel = models.CharField(max_length=12, choices=Channel.choices)
    page_url = models.CharField(max_length=2000, blank=True)
    started_at = models.DateTimeField()
    last_message_at = models.DateTimeField()

    isolation = Isolation(
        public="conversation",
        conversation_column="id",
        staff=("id", "organization_id", "project_id", "channel", "started_at", "last_message_at"),
    )

    class Meta(TenantModel.Meta):
        constraints = (
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="conversation_channel_known"
            ),
        )
        indexes = (
            models.Index(
                fields=["organization_id", "project_id", "-last_message_at", "id"],
                name="conversation_newest",
            ),
        )
