"""A question and the work on its answer: the row that outlives sockets and processes."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from askorac.jobs.models import State
from askorac.sealing.fields import SealedTextField
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantForeignKey, TenantModel


class Turn(TenantModel):
    """One question and the work on its answer, unique by the client's own id.

    While an answer streams, its process holds a short lease, and `text` is what was said by the
    last checkpoint; it stays here if the turn ends with no key to seal the answer's message by.
    `fence` grows when another process takes the turn over to close it.
    """

    project = TenantForeignKey("projects.Project")
    conversation = TenantForeignKey("conversations.Conversation")
    client_id = models.UUIDField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROCESSING)
    code = models.CharField(max_length=40, blank=True)
    text = SealedTextField()
    fence = models.PositiveIntegerField(default=1)
    lease_expires_at = models.DateTimeField(null=True)
    provider = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=120, blank=True)
    input_tokens = models.PositiveIntegerField(null=True)
    output_tokens = models.PositiveIntegerField(null=True)
    # In US dollars, by the prices of its day; null where they are not known.
    cost = models.DecimalField(max_digits=14, decimal_places=9, null=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    isolation = Isolation(
        public="conversation",
        staff=(
            "id",
            "organization_id",
            "project_id",
            "conversation_id",
            "state",
            "code",
            "provider",
            "model",
            "input_tokens",
            "output_tokens",
            "started_at",
            "finished_at",
        ),
    )

    clear: ClassVar[dict[str, str]] = {
        "code": "A word of our own code.",
        "provider": "The name of a provider.",
        "model": "The name of a provider's model.",
    }

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["organization_id", "conversation", "client_id"], name="turn_once"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="turn_state_known"),
            models.CheckConstraint(
                condition=~Q(state=State.PROCESSING) | Q(lease_expires_at__isnull=False),
                name="turn_processing_leased",
            ),
        )
        indexes = (
            models.Index(
                fields=["lease_expires_at"], condition=Q(state=State.PROCESSING), name="turn_leases"
            ),
            models.Index(
                fields=["organization_id", "project_id", "-finished_at"], name="turn_ended_last"
            ),
            models.Index(fields=["finished_at"], name="turn_finished"),
        )
