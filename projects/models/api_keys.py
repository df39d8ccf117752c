"""Keys by which a customer's own programs come in."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantForeignKey, TenantModel


class Rights(models.TextChoices):
    READ = "read"
    WRITE = "write"


class ApiKey(TenantModel):
    """One key. What it opens is the whole organization, or one project of it.

    The key itself is shown once and not kept: `key_sha256` finds its row again, and `shown` is its
    beginning and its end, by which a person tells it from others. `created_by` is the name of who
    made it, as it was then, and `is_owners` says whether that was an owner, or had such a key: it
    does what only owners may as long as the user `made_by` is one. A revoked key stays as a row,
    so that the list says what became of it.
    """

    project = TenantForeignKey("projects.Project", null=True)
    name = models.CharField(max_length=80)
    rights = models.CharField(max_length=5, choices=Rights.choices)
    key_sha256 = models.BinaryField(max_length=32)
    shown = models.CharField(max_length=24)
    created_by = models.CharField(max_length=254)
    made_by = models.UUIDField(null=True)
    is_owners = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    isolation = Isolation(
        staff=(
            "id",
            "organization_id",
            "project_id",
            "rights",
            "created_at",
            "last_used_at",
            "revoked_at",
        )
    )

    clear: ClassVar[dict[str, str]] = {
        "name": "Tells keys apart while no key opens: else none could be revoked then.",
        "key_sha256": "Of 256 random bits: finds the row of a key, and tells nothing of it.",
        "shown": "The key's beginning and end, which tell it from others and open nothing.",
        "created_by": "The name or address of a member, which their login holds, too.",
    }

    class Meta(TenantModel.Meta):
        verbose_name = "API key"
        constraints = (
            models.UniqueConstraint(fields=["organization_id", "key_sha256"], name="api_key_once"),
            models.CheckConstraint(condition=~Q(name=""), name="api_key_named"),
            models.CheckConstraint(
                condition=Q(rights__in=Rights.values), name="api_key_rights_known"
            ),
        )
        indexes = (models.Index(fields=["key_sha256"], name="api_key_by_hash"),)
