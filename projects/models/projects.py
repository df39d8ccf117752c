"""One assistant: its knowledge, look and rules."""

import secrets

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantModel


def new_public_key() -> str:
    """The key that stands in a customer's page: it names the project and opens nothing else."""
    return f"pk_{secrets.token_hex(12)}"


class Project(TenantModel):
    """One assistant.

    `embedding_space` is chosen when the first text is embedded ("provider/model/dimensions") and
    stays: vectors of two spaces can't be compared. An empty list of allowed domains means our own
    pages only.
    """

    name = models.CharField(max_length=80)
    public_key = models.CharField(max_length=40, default=new_public_key, unique=True)
    allowed_domains = ArrayField(models.CharField(max_length=253), default=list, blank=True)
    greeting = models.CharField(max_length=200, default="Hello. What would you like to know?")
    accent = models.CharField(max_length=7, default="#0b6480")
    suggestions = ArrayField(models.CharField(max_length=120), default=list, blank=True, size=3)
    embedding_space = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()

    isolation = Isolation(
        public="project",
        project_column="id",
        staff=("id", "organization_id", "name", "embedding_space", "created_at"),
    )

    class Meta(TenantModel.Meta):
        constraints = (
            models.CheckConstraint(condition=~Q(name=""), name="project_named"),
            models.CheckConstraint(
                condition=Q(accent__regex=r"^#[0-9a-fA-F]{6}$"), name="project_accent_colour"
            ),
        )

    def __str__(self) -> str:
        return self.name
