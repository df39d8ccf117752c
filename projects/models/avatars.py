"""The picture of a project's assistant."""

from typing import ClassVar

from django.db import models

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantForeignKey, TenantModel


class Avatar(TenantModel):
    """The one picture of a project, redrawn by us; `digest` names it in its address."""

    project = TenantForeignKey("projects.Project")
    digest = models.CharField(max_length=32)
    image = models.BinaryField()
    changed_at = models.DateTimeField()

    isolation = Isolation(
        public="project", staff=("id", "organization_id", "project_id", "changed_at")
    )

    clear: ClassVar[dict[str, str]] = {
        "digest": "Stands in the public address of the picture.",
        "image": "Shown to everybody, by an address without a login.",
    }

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(fields=["organization_id", "project"], name="avatar_once"),
        )
