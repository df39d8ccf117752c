"""What this installation has found out about itself, and the organizations made for that."""

from uuid import uuid4

from django.db import models
from django.db.models import Q


class Kind(models.TextChoices):
    ISOLATION = "isolation"
    OUTSIDE = "outside"


class Run(models.Model):
    """One look at this installation, and what it found: of us, and of no customer.

    `has_held` is None until it has ended. `report` is what pages and programs are shown of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    has_held = models.BooleanField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    report = models.JSONField(default=dict)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="run_kind_known"),
        )
        indexes = (models.Index(fields=["kind", "-asked_at"], name="runs_newest"),)


class Decoy(models.Model):
    """A throw-away organization of the isolation proof, written down before it is founded."""

    organization_id = models.UUIDField(primary_key=True)
    user_id = models.UUIDField()
    made_at = models.DateTimeField()
