"""Who was asked to come in, and has not answered yet."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantModel

from .organizations import Role


class Invitation(TenantModel):
    """An open invitation; an accepted or withdrawn one is gone.

    The token stands in the mail alone: `token_sha256` finds the row again, and is empty until the
    mail goes out. One who `is_limited` will see the projects of `project_ids` only. `invited_by` is
    the name of who invites, as it was then.
    """

    email = models.CharField(max_length=254)
    role = models.CharField(max_length=10, choices=Role.choices)
    reads_conversations = models.BooleanField(default=False)
    is_limited = models.BooleanField(default=False)
    project_ids = ArrayField(models.UUIDField(), default=list)
    token_sha256 = models.BinaryField(max_length=32, null=True)
    invited_by = models.CharField(max_length=254)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    isolation = Isolation(accounts=("SELECT", "DELETE"))

    clear: ClassVar[dict[str, str]] = {
        "email": "A member's address to be, which their login holds in clear, too.",
        "token_sha256": "Of 256 random bits: finds the row of a token, and tells nothing of it.",
        "invited_by": "The name or address of a member, which their login holds, too.",
    }

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(fields=["organization_id", "email"], name="invitation_once"),
            models.CheckConstraint(
                condition=Q(email=Lower("email")) & ~Q(email=""), name="invitation_email_lower"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invitation_role_known"),
            models.CheckConstraint(
                condition=Q(is_limited=False) | Q(role__in=[Role.EDITOR, Role.VIEWER]),
                name="invitation_limited_below_admin",
            ),
        )
        indexes = (models.Index(fields=["token_sha256"], name="invitation_by_token"),)
