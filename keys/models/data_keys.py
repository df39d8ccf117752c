"""The keys that seal an organization's content, wrapped."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantModel


class Purpose(models.TextChoices):
    """`content` seals what people wrote, `words` makes words blind, `access` seals the credentials
    of an organization's own key service."""

    CONTENT = "content"
    WORDS = "words"
    ACCESS = "access"


class DataKey(TenantModel):
    """One version of one key, wrapped by key services: useless without them.

    The installation's service wrapped it, and around that the organization's own, if it names
    one here. A new version seals from `seals_from` on, which lies ahead, so that every process
    knows it before the first uses it; older ones open until nothing is sealed with them any more.
    `wrapped` is empty when the key was destroyed, so that no process makes another in its place.
    """

    purpose = models.CharField(max_length=7, choices=Purpose.choices)
    version = models.PositiveIntegerField()
    wrapped = models.BinaryField()
    # No foreign key: nothing may take a data key along.
    own_service_id = models.UUIDField(null=True)
    seals_from = models.DateTimeField()
    created_at = models.DateTimeField()

    isolation = Isolation(
        staff=("id", "organization_id", "purpose", "version", "seals_from", "created_at")
    )

    clear: ClassVar[dict[str, str]] = {
        "wrapped": "Wrapped by the key services, whose keys are not here.",
    }

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["organization_id", "purpose", "version"], name="data_key_once"
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values), name="data_key_purpose_known"
            ),
        )
