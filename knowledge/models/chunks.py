"""The embedded pieces: one plain table, searched exactly until a project is large."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from pgvector.django import HalfVectorField

from askorac.sealing.fields import SealedBytesField, SealedTextField
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantForeignKey, TenantModel


class Chunk(TenantModel):
    """One embedded piece of a document.

    Chunks are stored batch by batch and go live together when the document is complete, so that
    an ingestion that is killed takes up where it stopped and never shows half a document.

    The text of a document is that of its chunks, each behind its `joint` and without the
    `repeated_count` characters at its beginning that the chunk before ends with. `text_digest` is
    the keyed digest of what is embedded of it: equal texts of an organization are told by it.

    Its vector is its `embedding`, or, where the organization has vectors sealed, `vector`.
    """

    project = TenantForeignKey("projects.Project")
    document = TenantForeignKey("knowledge.Document")
    ordinal = models.PositiveIntegerField()
    text = SealedTextField()
    text_digest = models.BinaryField(max_length=16)
    page = models.PositiveIntegerField(null=True)
    heading = SealedTextField()
    joint = models.CharField(max_length=2, default="\n\n", blank=True)
    repeated_count = models.PositiveSmallIntegerField(default=0)
    embedding_space = models.CharField(max_length=120)
    embedding = HalfVectorField(null=True)
    vector = SealedBytesField()
    is_live = models.BooleanField(default=False)

    isolation = Isolation(
        public="project",
        public_when="is_live",
        reading=(
            "id",
            "organization_id",
            "project_id",
            "document_id",
            "ordinal",
            "text",
            "page",
            "joint",
            "repeated_count",
            "is_live",
        ),
        opened_by=(("document", "document_id", ""),),
    )

    clear: ClassVar[dict[str, str]] = {
        "text_digest": "Keyed by the organization: tells nothing without its key.",
        "joint": "Two characters at most: the space between two pieces.",
        "embedding_space": "The name of a provider's model and a number.",
        "embedding": "Searched by the database; who wants them sealed chooses sealed vectors.",
    }

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["organization_id", "document", "ordinal"], name="chunk_once"
            ),
            models.CheckConstraint(
                condition=Q(embedding__isnull=True, vector__isnull=False)
                | Q(embedding__isnull=False, vector__isnull=True),
                name="chunk_has_one_vector",
            ),
        )
        indexes = (
            # With the organization at its end, so that what a policy asks is answered by it, too.
            models.Index(
                fields=["project_id", "is_live", "organization_id"], name="chunk_of_project"
            ),
            # Of sealed vectors: whether a project has any, and how many each document.
            models.Index(
                fields=["project_id", "organization_id", "document_id"],
                condition=Q(vector__isnull=False, is_live=True),
                name="chunk_with_sealed_vector",
            ),
            models.Index(fields=["organization_id", "text_digest"], name="chunk_by_text"),
        )
