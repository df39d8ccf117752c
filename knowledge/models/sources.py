"""What the customer gave, and the text that came out of it."""

from django.db import models
from django.db.models import Q

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantForeignKey, TenantModel


class Kind(models.TextChoices):
    FILE = "file"
    TEXT = "text"


class Source(TenantModel):
    """A file or a pasted text. How far its ingestion is stands in its job's row."""

    project = TenantForeignKey("projects.Project")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=255)
    size_bytes = models.PositiveBigIntegerField()
    chunk_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    isolation = Isolation(
        staff=(
            "id",
            "organization_id",
            "project_id",
            "kind",
            "size_bytes",
            "chunk_count",
            "created_at",
        )
    )

    class Meta(TenantModel.Meta):
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="source_kind_known"),
            models.CheckConstraint(condition=~Q(name=""), name="source_named"),
        )
        indexes = (
            models.Index(fields=["organization_id", "project_id"], name="source_of_project"),
        )


class Document(TenantModel):
    """One text of a source."""

    project = TenantForeignKey("projects.Project")
    source = TenantForeignKey("knowledge.Source")
    title = models.CharField(max_length=255)
    page_count = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()

    isolation = Isolation(
        public="project",
        staff=("id", "organization_id", "project_id", "source_id", "page_count", "created_at"),
    )

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["organization_id", "source"], name="one_document_a_source"
            ),
        )
        indexes = (
            models.Index(fields=["organization_id", "project_id"], name="document_of_project"),
        )
