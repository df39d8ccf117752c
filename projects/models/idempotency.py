"""Answers to writes that their sender may repeat."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantForeignKey, TenantModel


class IdempotencyRecord(TenantModel):
    """One write with an `Idempotency-Key`, and its answer once there is one (`status`).

    `fingerprint` tells the same request from another one with the same key. While it runs, whoever
    has the `fence` holds it until `lease_expires_at`. `sealed_body` is the answer. That is sealed,
    and the two others are HMACs, with what the database does not have: the sender's own API key.
    """

    api_key = TenantForeignKey("projects.ApiKey")
    key_sha256 = models.BinaryField(max_length=32)
    fingerprint = models.BinaryField(max_length=32)
    fence = models.PositiveIntegerField(default=1)
    lease_expires_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    sealed_body = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    isolation = Isolation()

    clear: ClassVar[dict[str, str]] = {
        "key_sha256": "An HMAC under what only the sender's API key gives.",
        "fingerprint": "An HMAC under what only the sender's API key gives.",
        "sealed_body": "Sealed already, with what only the sender's API key gives.",
    }

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["organization_id", "api_key", "key_sha256"], name="idempotency_key_once"
            ),
            models.CheckConstraint(
                condition=Q(status__isnull=True, sealed_body__isnull=True)
                | Q(status__isnull=False, sealed_body__isnull=False),
                name="idempotency_answer_whole",
            ),
        )
        indexes = (
            models.Index(fields=["organization_id", "expires_at"], name="idempotency_by_expiry"),
        )
