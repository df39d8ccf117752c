"""Which models a project has chosen."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantForeignKey, TenantManager, TenantModel


class ProjectModels(TenantModel):
    """What a project's people have chosen, each as `provider/model`, or nothing: the default.

    `chat` answers, `fallback` does while that can't be had, `embedding` is the space that passages
    are found in (`provider/model/dimensions`).
    """

    project = TenantForeignKey("projects.Project")
    chat = models.CharField(max_length=140, blank=True)
    fallback = models.CharField(max_length=140, blank=True)
    embedding = models.CharField(max_length=120, blank=True)

    objects: ClassVar[models.Manager["ProjectModels"]] = TenantManager()

    isolation = Isolation(staff=("id", "organization_id", "project_id", "chat", "embedding"))

    clear: ClassVar[dict[str, str]] = {
        "chat": "The name of a provider's model.",
        "fallback": "The name of a provider's model.",
        "embedding": "The name of a provider's model.",
    }

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["organization_id", "project"], name="project_models_once"
            ),
            models.CheckConstraint(
                condition=~Q(fallback="") & ~Q(chat="") | Q(fallback=""),
                name="project_models_fallback_behind_chat",
            ),
        )
