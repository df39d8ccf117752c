"""The customer, and who of its people may do what."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantModel


class Role(models.TextChoices):
    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    VIEWER = "viewer"


class Organization(TenantModel):
    """The customer: the boundary of isolation and the root of every row.

    While it is suspended, nobody is answered and its members may only look. The app role can't
    change it at all, and so can't lift a suspension; a new name goes through the accounts role.
    """

    organization_id = None  # type: ignore[assignment]  # it is its own root

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    suspended_at = models.DateTimeField(null=True)

    isolation: ClassVar[Isolation] = Isolation(
        organization_column="id",
        app=("SELECT",),
        accounts=("SELECT", "INSERT", "UPDATE (name)"),
        staff=("id", "name", "created_at", "suspended_at"),
    )

    clear: ClassVar[dict[str, str]] = {
        "name": "Whom we have a contract with; read before any key, and by our staff.",
    }

    class Meta(TenantModel.Meta):
        constraints = (models.CheckConstraint(condition=~Q(name=""), name="organization_named"),)

    def __str__(self) -> str:
        return self.name


class Member(TenantModel):
    """A user in an organization, with a role.

    Only the accounts role adds members: the app role could otherwise add a stranger to its own
    organization and read the name and address that members may see of each other.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField()

    isolation = Isolation(
        app=("SELECT",),
        accounts=("SELECT", "INSERT"),
        staff=("id", "organization_id", "user_id", "role", "created_at"),
    )

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(fields=["organization_id", "user"], name="member_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="member_role_known"),
        )
