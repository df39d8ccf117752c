"""The customer, and who of its people may do what."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantForeignKey, TenantModel


class Role(models.TextChoices):
    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    VIEWER = "viewer"


class ProjectRole(models.TextChoices):
    """What a member may be in one project; without any the project is not there for them."""

    ADMIN = "admin"
    EDITOR = "editor"
    VIEWER = "viewer"
    NONE = "none"


class Organization(TenantModel):
    """The customer: the boundary of isolation and the root of every row.

    While it is suspended, nobody is answered and its members may only look; so it is from the day
    that its deletion is asked for until `deletes_at`. The app role can't change it at all, and so
    can't lift a suspension; a new name and that time go through the accounts role.
    """

    organization_id = None  # type: ignore[assignment]  # it is its own root

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    suspended_at = models.DateTimeField(null=True)
    deletes_at = models.DateTimeField(null=True)
    requires_second_factor = models.BooleanField(default=False)

    isolation: ClassVar[Isolation] = Isolation(
        organization_column="id",
        app=("SELECT",),
        accounts=("SELECT", "INSERT", "UPDATE (name, deletes_at, requires_second_factor)"),
        staff=(
            "id",
            "name",
            "created_at",
            "suspended_at",
            "deletes_at",
            "requires_second_factor",
        ),
    )

    clear: ClassVar[dict[str, str]] = {
        "name": "Whom we have a contract with; read before any key, and by our staff.",
    }

    class Meta(TenantModel.Meta):
        constraints = (models.CheckConstraint(condition=~Q(name=""), name="organization_named"),)
        indexes = (models.Index(fields=["created_at"], name="organization_newest"),)

    def __str__(self) -> str:
        return self.name


class Member(TenantModel):
    """A user in an organization, with a role.

    Owners and admins read conversations; others do if `reads_conversations`. One who `is_limited`
    sees the projects alone in which they have a role of their own.

    Only the accounts role adds members: the app role could otherwise add a stranger to its own
    organization and read the name and address that members may see of each other. That an owner
    stays is held by a trigger.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    role = models.CharField(max_length=10, choices=Role.choices)
    reads_conversations = models.BooleanField(default=False)
    is_limited = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    isolation = Isolation(
        app=("SELECT",),
        accounts=("SELECT", "INSERT", "UPDATE (role, reads_conversations, is_limited)", "DELETE"),
        staff=("id", "organization_id", "user_id", "role", "created_at"),
    )

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(fields=["organization_id", "user"], name="member_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="member_role_known"),
            models.CheckConstraint(
                condition=Q(is_limited=False) | Q(role__in=[Role.EDITOR, Role.VIEWER]),
                name="member_limited_below_admin",
            ),
        )
        indexes = (models.Index(fields=["created_at"], name="member_newest"),)


class ProjectMember(TenantModel):
    """A member's role in one project, in the place of the one in the organization.

    It counts for editors and viewers: owners and admins are that everywhere.
    """

    project = TenantForeignKey("projects.Project")
    member = TenantForeignKey(Member)
    role = models.CharField(max_length=10, choices=ProjectRole.choices)
    reads_conversations = models.BooleanField(default=False)

    isolation = Isolation(accounts=("SELECT", "INSERT", "DELETE"))

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["organization_id", "member", "project"], name="project_member_once"
            ),
            models.CheckConstraint(
                condition=Q(role__in=ProjectRole.values), name="project_member_role_known"
            ),
        )
