"""What was done, by whom: rows that are added and never changed."""

from typing import ClassVar

from django.db import models

from askorac.sealing.fields import SealedJSONField, SealedTextField
from askorac.tenancy.isolation import APPEND_ONLY, Isolation
from askorac.tenancy.models import TenantModel


class AuditEvent(TenantModel):
    """One change. Labels are frozen in the row, so that it neither blocks nor dies with live data.

    It has no foreign keys, and no role may update or delete it. `details` hold what changed as
    names and numbers, never content and never secrets. `remarks` are in clear: what is our own and
    told while no key seals, such as why our staff acted.
    """

    actor_kind = models.CharField(max_length=10)
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=254)
    action = models.CharField(max_length=60)
    target_kind = models.CharField(max_length=40)
    target_id = models.UUIDField(null=True)
    target_label = SealedTextField()
    details = SealedJSONField()
    remarks = models.JSONField(default=dict)
    at = models.DateTimeField()

    isolation = Isolation(
        app=APPEND_ONLY,
        accounts=("INSERT",),
        staff=("id", "organization_id", "actor_kind", "action", "target_kind", "target_id", "at"),
        cascades=False,
    )

    clear: ClassVar[dict[str, str]] = {
        "actor_kind": "A word of our own code.",
        "actor_label": "A member's address or an API key's name, which lie in clear themselves.",
        "action": "A word of our own code.",
        "target_kind": "A word of our own code.",
        "remarks": "Written by our own code and our staff, who have no key.",
    }

    class Meta(TenantModel.Meta):
        indexes = (models.Index(fields=["organization_id", "at"], name="audit_by_time"),)
