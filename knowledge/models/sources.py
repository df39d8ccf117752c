"""What the customer gave, and the text that came out of it."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q

from askorac.sealing.fields import SealedTextField
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantForeignKey, TenantModel


class Kind(models.TextChoices):
    FILE = "file"
    TEXT = "text"
    PAGE = "page"


class Source(TenantModel):
    """A file, a pasted text or a web page. How far its ingestion is stands in its job's row.

    `file_id` names what lies in the store of files, and `file_key_version` the data key that it is
    sealed with: None is a file from before files were sealed. A page has nothing there, it is
    fetched anew each time. A file came at `file_given_at`; without that, with the source. Since
    `file_purged_at` it is gone by a rule, and its text has stayed. `external_id` is the caller's
    own name for it, once in a project. A source is found by the digests of address and id, and by
    its SourceWords: see `labels`.
    """

    project = TenantForeignKey("projects.Project")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = SealedTextField()
    url = SealedTextField()
    url_digest = models.BinaryField(max_length=16, null=True, default=None)
    external_id = SealedTextField()
    external_id_digest = models.BinaryField(max_length=16, null=True, default=None)
    file_id = models.UUIDField(default=uuid4, editable=False)
    file_key_version = models.PositiveIntegerField(null=True, editable=False)
    file_given_at = models.DateTimeField(null=True, editable=False)
    file_purged_at = models.DateTimeField(null=True, editable=False)
    size_bytes = models.PositiveBigIntegerField()
    chunk_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)

    isolation = Isolation(
        staff=(
            "id",
            "organization_id",
            "project_id",
            "kind",
            "size_bytes",
            "chunk_count",
            "created_at",
            "fetched_at",
        )
    )

    clear: ClassVar[dict[str, str]] = {
        "url_digest": "Keyed by the organization: tells nothing without its key.",
        "external_id_digest": "Keyed by the organization: tells nothing without its key.",
    }

    class Meta(TenantModel.Meta):
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="source_kind_known"),
            models.CheckConstraint(condition=Q(name__isnull=False), name="source_named"),
            models.CheckConstraint(
                condition=~Q(kind=Kind.PAGE) | Q(url__isnull=False), name="source_page_opens"
            ),
            models.CheckConstraint(
                condition=Q(external_id__isnull=True, external_id_digest__isnull=True)
                | Q(external_id__isnull=False, external_id_digest__isnull=False),
                name="source_external_id_digested",
            ),
            models.UniqueConstraint(
                fields=["organization_id", "project", "external_id_digest"],
                name="one_source_an_external_id",
            ),
        )
        indexes = (
            models.Index(fields=["organization_id", "project_id"], name="source_of_project"),
            models.Index(
                fields=["project_id", "url_digest", "organization_id"],
                condition=Q(url_digest__isnull=False),
                name="source_by_url",
            ),
        )


class Document(TenantModel):
    """One text of a source. A citation of it leads to its `url`, or to our own page if it is empty.

    While a source is read again, its new text is a draft beside the one that answers are taken
    from, and replaces it when all of it is stored.
    """

    project = TenantForeignKey("projects.Project")
    source = TenantForeignKey("knowledge.Source")
    title = SealedTextField()
    url = SealedTextField()
    page_count = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()
    is_draft = models.BooleanField(default=False)

    isolation = Isolation(
        public="project",
        public_when="NOT is_draft",
        reading=(
            "id",
            "organization_id",
            "project_id",
            "source_id",
            "title",
            "url",
            "page_count",
            "created_at",
            "is_draft",
        ),
        opened_by=(("document", "id", ""), ("sources", "project_id", "")),
    )

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["organization_id", "source", "is_draft"],
                name="one_document_and_one_draft_a_source",
            ),
        )
        indexes = (
            models.Index(fields=["organization_id", "project_id"], name="document_of_project"),
        )
