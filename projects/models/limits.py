"""What one organization may use at most, where that differs from everybody's limits."""

from django.db import models
from django.db.models import Q

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantModel


class OrganizationLimits(TenantModel):
    """Limits of one organization, set by our staff through a deed; null is none of its own.

    The app role reads them and can't lift them. Days are those of UTC.
    """

    questions_a_minute = models.PositiveIntegerField(null=True)
    questions_a_day = models.PositiveIntegerField(null=True)
    sources = models.PositiveIntegerField(null=True)
    stored_bytes = models.PositiveBigIntegerField(null=True)
    changed_at = models.DateTimeField()

    isolation = Isolation(
        app=("SELECT",),
        staff=(
            "id",
            "organization_id",
            "questions_a_minute",
            "questions_a_day",
            "sources",
            "stored_bytes",
            "changed_at",
        ),
    )

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(fields=["organization_id"], name="organization_limits_once"),
            models.CheckConstraint(
                condition=Q(questions_a_minute__isnull=True) | Q(questions_a_minute__lte=100_000),
                name="organization_limits_minute_bounded",
            ),
        )
