"""Vectors of a space that a project is moving to."""

from typing import ClassVar

from django.db import models
from pgvector.django import HalfVectorField

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantForeignKey, TenantModel


class UpcomingVector(TenantModel):
    """The vector of a chunk in the space that its project is moving to.

    It waits here, beside the one that answers are found by, until all chunks have theirs.
    """

    project = TenantForeignKey("projects.Project")
    chunk = TenantForeignKey("knowledge.Chunk", db_index=False)
    embedding_space = models.CharField(max_length=120)
    embedding = HalfVectorField()

    isolation = Isolation()

    clear: ClassVar[dict[str, str]] = {
        "embedding_space": "The name of a provider's model and a number.",
        "embedding": "Searched by the database; who wants them sealed chooses sealed vectors.",
    }

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["organization_id", "chunk"], name="upcoming_vector_once"
            ),
        )
