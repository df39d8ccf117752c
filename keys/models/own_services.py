"""Key services of customers' own, and whether an organization's keys open."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantModel


class ServiceKind(models.TextChoices):
    OPENBAO = "openbao", "OpenBao or Vault"
    AWS = "aws", "AWS KMS"


class OwnKeyService(TenantModel):
    """A key service that an organization has chosen for itself: it wraps what the installation's
    service has wrapped, so that both have to open.

    `sealed_access` is its address and what it is asked with, under the `access` key, which only
    the installation's service wraps; nothing once it was left and no data key needs it any more.
    """

    kind = models.CharField(max_length=7, choices=ServiceKind.choices)
    sealed_access = models.BinaryField(null=True)
    chosen_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    isolation = Isolation(
        staff=("id", "organization_id", "kind", "chosen_at", "changed_at", "left_at")
    )

    clear: ClassVar[dict[str, str]] = {
        "sealed_access": "Sealed already, under the key that the installation's service wraps.",
    }

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["organization_id"], condition=Q(left_at=None), name="own_key_service_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ServiceKind.values), name="own_key_service_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(sealed_access__isnull=False) | Q(left_at__isnull=False),
                name="own_key_service_with_access",
            ),
        )


class Availability(models.TextChoices):
    """What the key services last said: whether the organization's keys open."""

    AVAILABLE = "available"
    REVOKED = "revoked"
    AWAY = "away"


class KeyState(TenantModel):
    """Whether an organization's keys open, and since when; without a row, they always did."""

    state = models.CharField(max_length=9, choices=Availability.choices)
    since = models.DateTimeField()

    isolation = Isolation(staff=("id", "organization_id", "state", "since"))

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(fields=["organization_id"], name="key_state_once"),
            models.CheckConstraint(
                condition=Q(state__in=Availability.values), name="key_state_known"
            ),
        )
