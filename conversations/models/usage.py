"""What was used, month by month: it stays when conversations go."""

from django.db import models

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantModel


class Usage(TenantModel):
    """What answers of one month took, counted by the database as each turn ends.

    `month` is its first day, by UTC. A month has several rows (`shard`), so that turns that end
    at once don't wait for each other: they are summed when they are read.
    """

    month = models.DateField()
    shard = models.PositiveSmallIntegerField()
    answers = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveBigIntegerField(default=0)
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    # In US dollars, as far as prices were known.
    cost = models.DecimalField(max_digits=20, decimal_places=9, default=0)

    isolation = Isolation(
        app=("SELECT",),
        staff=(
            "id",
            "organization_id",
            "month",
            "shard",
            "answers",
            "failures",
            "input_tokens",
            "output_tokens",
            "cost",
        ),
    )

    class Meta(TenantModel.Meta):
        verbose_name_plural = "usage"
        constraints = (
            models.UniqueConstraint(
                fields=["organization_id", "month", "shard"], name="usage_once_a_shard"
            ),
        )
        indexes = (models.Index(fields=["month", "organization_id"], name="usage_of_month"),)
