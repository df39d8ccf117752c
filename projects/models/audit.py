"""What was done, by whom: rows that are added and never changed, and the chain of them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from askorac.sealing.fields import SealedJSONField, SealedTextField
from askorac.tenancy.isolation import APPEND_ONLY, Isolation
from askorac.tenancy.models import TenantModel


class AuditEvent(TenantModel):
    """One change. Labels are frozen in the row, so that it neither blocks nor dies with live data.

    It has no foreign keys, and no role may update or delete it. `details` hold what changed as
    names and numbers, never content and never secrets. `remarks` are in clear: what is our own and
    told while no key seals, such as why our staff acted.

    `commitments` are what the chain covers of the fields that tell of persons: a hash of each with
    a salt of its own. With field and salt emptied, which only the database's own function does, the
    chain holds, and nobody can guess what stood there.
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
    # Null in events that a function of the database writes: a default there would be returned to
    # whoever inserts, and the accounts role may not read.
    address = models.CharField(max_length=45, null=True)  # noqa: DJ001
    session = models.CharField(max_length=16, null=True)  # noqa: DJ001
    salts = models.JSONField(null=True, editable=False)
    sealed_salts = SealedJSONField()
    commitments = models.JSONField(null=True, editable=False)

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
        "address": "Read while the key is away, when it matters most who asks.",
        "session": "A digest that opens no session.",
        "salts": "Random, of fields that lie in clear beside them.",
        "commitments": "Hashes with salts that nobody guesses.",
    }

    class Meta(TenantModel.Meta):
        indexes = (
            models.Index(fields=["organization_id", "at"], name="audit_by_time"),
            models.Index(fields=["organization_id", "actor_id", "at"], name="audit_by_actor"),
            models.Index(fields=["organization_id", "action", "at"], name="audit_by_action"),
            models.Index(fields=["organization_id", "target_id", "at"], name="audit_by_target"),
            models.Index(fields=["organization_id", "actor_kind", "at"], name="audit_by_actors"),
            models.Index(fields=["organization_id", "target_kind", "at"], name="audit_by_targets"),
            models.Index(fields=["organization_id", "actor_label", "at"], name="audit_by_label"),
            models.Index(fields=["organization_id", "address", "at"], name="audit_by_address"),
            models.Index(fields=["organization_id", "session", "at"], name="audit_by_session"),
        )


class AuditLink(TenantModel):
    """The place of the event with the same id in its organization's chain, given at its commit.

    `seq` counts from 1 without gaps. `digest` is the SHA-256 of the event's clear fields and
    commitments; `chain` that of the link before, `seq` and `digest`. The database writes it.
    """

    seq = models.BigIntegerField()
    digest = models.BinaryField()
    chain = models.BinaryField()
    linked_at = models.DateTimeField()

    isolation = Isolation(app=("SELECT",))

    clear: ClassVar[dict[str, str]] = {
        "digest": "A hash of what is committed to, by which nothing opens.",
        "chain": "A hash of hashes, made by the database.",
    }

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(fields=["organization_id", "seq"], name="audit_link_once"),
        )


class AuditHead(TenantModel):
    """The end of an organization's chain; its id is the organization's. The database writes it."""

    seq = models.BigIntegerField()
    chain = models.BinaryField()

    isolation = Isolation(app=("SELECT",))

    clear: ClassVar[dict[str, str]] = {"chain": "A hash of hashes, made by the database."}


class AuditCheckpoint(TenantModel):
    """A signed statement about the chain, which the customer keeps.

    A `checkpoint` says what the chain's link was at a place, at a time; a `cut`, that the events up
    to a place were purged as old, and what the link was there.
    """

    KINDS: ClassVar = (("checkpoint", "checkpoint"), ("cut", "cut"))

    kind = models.CharField(max_length=10, choices=KINDS)
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    document = models.JSONField(default=dict)
    key_id = models.CharField(max_length=16)
    public_key = models.BinaryField()
    signature = models.BinaryField()

    # A cut is kept by the function that cuts. A checkpoint of what is not written yet would keep
    # what follows from being signed.
    isolation = Isolation(
        app=APPEND_ONLY,
        insert_when=(
            "kind::text = 'checkpoint'::text"
            " AND seq <= (SELECT max(h.seq) AS max FROM projects_audithead h)"
        ),
    )

    clear: ClassVar[dict[str, str]] = {
        "document": "Numbers, hashes and times that are signed and given away.",
        "key_id": "The name of a public key.",
        "public_key": "Public by its very name.",
        "signature": "Made to be given away.",
    }

    class Meta(TenantModel.Meta):
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=["checkpoint", "cut"]), name="audit_checkpoint_kind"
            ),
        )
        indexes = (
            models.Index(fields=["organization_id", "kind", "seq"], name="audit_checkpoint_place"),
        )


class AuditDelivery(TenantModel):
    """Where the organization has its checkpoints sent; its id is the organization's."""

    addresses = SealedJSONField()
    webhook_url = SealedTextField()
    changed_at = models.DateTimeField()

    isolation = Isolation()


class KeyUse(TenantModel):
    """How often a key was used in one hour, until that stands in the trail."""

    KINDS: ClassVar = (("api_key", "API key"), ("provider_key", "provider key"))

    kind = models.CharField(max_length=12, choices=KINDS)
    key_id = models.UUIDField()
    of_project = models.UUIDField(null=True)
    hour = models.DateTimeField()
    count = models.PositiveBigIntegerField()

    isolation = Isolation()

    class Meta(TenantModel.Meta):
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=["api_key", "provider_key"]), name="key_use_kind"
            ),
        )
        indexes = (models.Index(fields=["hour"], name="key_use_by_hour"),)
