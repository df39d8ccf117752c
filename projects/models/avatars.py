"""The picture of a project's assistant."""

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

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(fields=["organization_id", "project"], name="avatar_once"),
        )
