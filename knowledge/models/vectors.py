"""Vectors of a space that a project is moving to, and whether an organization has its sealed."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from pgvector.django import HalfVectorField

from askorac.sealing.fields import SealedBytesField
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantForeignKey, TenantModel


class UpcomingVector(TenantModel):
    """The vector of a chunk in the space that its project is moving to.

    It waits here, beside the one that answers are found by, until all chunks have theirs; sealed in
    `vector` where the organization has vectors sealed. Its id is the chunk's, for which it is
    sealed already: all of them take their place in one statement.
    """

    project = TenantForeignKey("projects.Project")
    chunk = TenantForeignKey("knowledge.Chunk", db_index=False)
    embedding_space = models.CharField(max_length=120)
    embedding = HalfVectorField(null=True)
    vector = SealedBytesField(purpose="knowledge.chunk.vector")

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
            models.CheckConstraint(
                condition=Q(embedding__isnull=True, vector__isnull=False)
                | Q(embedding__isnull=False, vector__isnull=True),
                name="upcoming_vector_in_one_form",
            ),
            models.CheckConstraint(condition=Q(id=F("chunk")), name="upcoming_vector_is_a_chunks"),
        )


class VectorChoice(TenantModel):
    """Whether an organization has its vectors sealed; without a row it has not.

    Who knows the model can turn a vector back into text.
    """

    is_sealed = models.BooleanField()
    chosen_at = models.DateTimeField()

    isolation = Isolation(staff=("id", "organization_id", "is_sealed", "chosen_at"))

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(fields=["organization_id"], name="vector_choice_once"),
        )
