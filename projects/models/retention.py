"""How long what is kept stays: rules, holds on them, the purges that follow, and their receipts."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from askorac.sealing.fields import SealedTextField
from askorac.tenancy.isolation import APPEND_ONLY, Isolation
from askorac.tenancy.models import TenantForeignKey, TenantModel

LEAST_AUDIT_DAYS = 365
MOST_DAYS = 36_500


class Content(models.TextChoices):
    """What a rule is about. Of an upload it is the original file; its text stays with its source.
    Visitor data is what tells who asked and where: the visitor's id and the page's address."""

    CONVERSATIONS = "conversations"
    VISITORS = "visitors", "Visitor data"
    UPLOADS = "uploads"
    AUDIT = "audit", "Audit trail"


class Keep(models.TextChoices):
    """For how long."""

    UNTIL_DELETED = "until_deleted", "Until it is deleted"
    DAYS = "days", "For some days"
    SESSION = "session", "Until the session ends"


class RetentionRule(TenantModel):
    """How long one kind of content is kept: in the organization, or otherwise in one project.

    Without a row, a project has the organization's rule, and that keeps until somebody deletes.
    """

    project = TenantForeignKey("projects.Project", null=True)
    content = models.CharField(max_length=16, choices=Content.choices)
    keep = models.CharField(max_length=16, choices=Keep.choices)
    days = models.PositiveIntegerField(null=True, default=None)
    changed_at = models.DateTimeField()

    isolation = Isolation(
        staff=("id", "organization_id", "project_id", "content", "keep", "days", "changed_at")
    )

    clear: ClassVar[dict[str, str]] = {
        "keep": "One of our own three words, which a check ties to the days.",
    }

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["organization_id", "project", "content"],
                name="one_rule_a_content",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(content__in=Content.values), name="retention_content_known"
            ),
            models.CheckConstraint(
                condition=Q(keep=Keep.DAYS, days__gte=1, days__lte=MOST_DAYS)
                | Q(keep__in=[Keep.UNTIL_DELETED, Keep.SESSION], days__isnull=True),
                name="retention_days_counted",
            ),
            models.CheckConstraint(
                condition=~Q(keep=Keep.SESSION)
                | Q(content__in=[Content.CONVERSATIONS, Content.VISITORS]),
                name="retention_session_of_visitors",
            ),
            models.CheckConstraint(
                condition=~Q(content=Content.AUDIT)
                | Q(project__isnull=True, keep=Keep.UNTIL_DELETED)
                | Q(project__isnull=True, keep=Keep.DAYS, days__gte=LEAST_AUDIT_DAYS),
                name="retention_audit_for_a_year",
            ),
        )


class Hold(TenantModel):
    """Keeps everything, of the organization or of one project, whatever the rules say.

    A lifted hold stays as a row. `placed_by` and `lifted_by` are names as they were then.
    """

    project = TenantForeignKey("projects.Project", null=True)
    reason = SealedTextField()
    placed_by = models.CharField(max_length=254)
    placed_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=254, blank=True)
    lifted_at = models.DateTimeField(null=True)

    isolation = Isolation(
        staff=("id", "organization_id", "project_id", "placed_at", "lifted_at"),
    )

    clear: ClassVar[dict[str, str]] = {
        "placed_by": "A member's address or an API key's name, which lie in clear themselves.",
        "lifted_by": "A member's address or an API key's name, which lie in clear themselves.",
    }

    class Meta(TenantModel.Meta):
        constraints = (
            models.CheckConstraint(
                condition=Q(lifted_by="") | Q(lifted_at__isnull=False),
                name="hold_lifted_at_some_time",
            ),
        )


class PurgeRun(TenantModel):
    """One purge, from its first batch to its receipt; `counts` grow with each batch, in its
    transaction, so that whoever goes on after a kill counts nothing twice."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    rules = models.JSONField(default=list)

    isolation = Isolation(staff=("id", "organization_id", "started_at", "finished_at"))

    clear: ClassVar[dict[str, str]] = {
        "counts": "Numbers by words of our own code.",
        "rules": "Words of our own code, numbers and ids.",
    }

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["organization_id"],
                condition=Q(finished_at__isnull=True),
                name="one_purge_at_a_time",
            ),
        )


class ErasureReceipt(TenantModel):
    """What was erased, how much of it, by which rule, when: rows that are added and never changed.

    `document` is what was signed: numbers, ids and words of our own. It has no foreign key to what
    is gone. Without a `signature` it was written while the signing key could not be had.
    """

    kind = models.CharField(max_length=40)
    of_project = models.UUIDField(null=True)
    at = models.DateTimeField()
    document = models.JSONField(default=dict)
    key_id = models.CharField(max_length=64, blank=True)
    signature = models.CharField(max_length=128, blank=True)

    isolation = Isolation(app=APPEND_ONLY, staff=("id", "organization_id", "kind", "at"))

    clear: ClassVar[dict[str, str]] = {
        "kind": "A word of our own code.",
        "document": "Numbers, ids and words of our own code.",
        "key_id": "The name of a public key.",
        "signature": "Of what stands beside it.",
    }

    class Meta(TenantModel.Meta):
        indexes = (models.Index(fields=["organization_id", "-at", "id"], name="receipt_newest"),)
