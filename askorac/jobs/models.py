"""The truth about work that must not be lost; the broker only carries the wake-up."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantModel

STAFF_COLUMNS = (
    "id",
    "organization_id",
    "kind",
    "target_id",
    "state",
    "reason",
    "attempts",
    "max_attempts",
    "fence",
    "lease_expires_at",
    "done",
    "total",
    "due_at",
    "created_at",
    "finished_at",
)


class State(models.TextChoices):
    QUEUED = "queued"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class Job(TenantModel):
    """One piece of work on one target; asked for again, it is the same row.

    `attempts` counts before the work, so that a job that kills its worker ends. `fence` grows with
    each claim: a worker that lost its lease can't write over the one that has it. `due_at` is when
    the sweeper hands it on if nobody has taken it. `done` of `total` is the progress shown.
    """

    kind = models.CharField(max_length=40)
    target_id = models.UUIDField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(max_length=400, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=5)
    fence = models.PositiveIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    isolation = Isolation(staff=STAFF_COLUMNS)

    clear: ClassVar[dict[str, str]] = {
        "kind": "A word of our own code.",
        "reason": "Sentences of our own code; of a file they tell its ending at most.",
    }

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["organization_id", "kind", "target_id"], name="one_job_a_target"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="job_state_known"),
            models.CheckConstraint(
                condition=~Q(state=State.FAILED) | ~Q(reason=""), name="job_failed_with_reason"
            ),
        )
        indexes = (
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=[State.QUEUED, State.PROCESSING]),
                name="jobs_due",
            ),
            models.Index(
                fields=["organization_id", "due_at"],
                condition=Q(state__in=[State.QUEUED, State.PROCESSING]),
                name="jobs_open",
            ),
            models.Index(fields=["-created_at", "-id"], name="jobs_newest"),
            models.Index(
                fields=["-created_at", "-id"],
                condition=Q(state=State.FAILED),
                name="jobs_failed_newest",
            ),
        )
