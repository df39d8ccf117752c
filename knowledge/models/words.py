"""Where words stand: blind, so that only the organization's key can ask for one."""

from typing import ClassVar

from django.db import models

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantForeignKey, TenantModel


class Posting(TenantModel):
    """The chunks of one document that have one word.

    `word` is its stem's keyed hash; `entries` are packed (`knowledge.words.entries`). There are
    postings of live documents only: they are written when a document goes live.
    """

    project = TenantForeignKey("projects.Project", db_index=False)
    document = TenantForeignKey("knowledge.Document", db_index=False)
    word = models.BigIntegerField()
    entries = models.BinaryField()

    isolation = Isolation(public="project")

    clear: ClassVar[dict[str, str]] = {
        "entries": "Numbers: which chunks have a word that is blind, and how often.",
    }

    class Meta(TenantModel.Meta):
        indexes = (
            models.Index(fields=["project_id", "word", "organization_id"], name="posting_of_word"),
            models.Index(fields=["organization_id", "document"], name="posting_of_document"),
        )


class Vocabulary(TenantModel):
    """What the words of one live document come to: their language, and how many they are.

    `edition` is the way in which they were indexed; an older one is caught up with.
    """

    project = TenantForeignKey("projects.Project", db_index=False)
    document = TenantForeignKey("knowledge.Document", db_index=False)
    language = models.CharField(max_length=8, blank=True)
    chunk_count = models.PositiveIntegerField()
    word_count = models.PositiveIntegerField()
    edition = models.PositiveSmallIntegerField(default=0)

    isolation = Isolation(public="project")

    clear: ClassVar[dict[str, str]] = {
        "language": "The code of a language.",
    }

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["organization_id", "document"], name="one_vocabulary_a_document"
            ),
        )
        indexes = (
            models.Index(fields=["project_id", "organization_id"], name="vocabulary_of_project"),
        )


class SourceWord(TenantModel):
    """One beginning of a word by which a source is found, blind (`knowledge.labels`)."""

    project = TenantForeignKey("projects.Project", db_index=False)
    source = TenantForeignKey("knowledge.Source", db_index=False)
    word = models.BigIntegerField()

    isolation = Isolation()

    class Meta(TenantModel.Meta):
        indexes = (
            models.Index(
                fields=["project_id", "word", "organization_id", "source_id"],
                name="source_word_of_project",
            ),
            models.Index(fields=["organization_id", "source"], name="source_word_of_source"),
        )
