"""Keys to customers' own accounts at providers."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from askorac.sealing.fields import SealedTextField
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantForeignKey, TenantModel


class Provider(models.TextChoices):
    OPENAI = "openai", "OpenAI"
    ANTHROPIC = "anthropic", "Anthropic"
    GEMINI = "gemini", "Gemini"


class ProviderKey(TenantModel):
    """A customer's key, for all projects of the organization, or for one that it overrides.

    `key` is written and never read out. What tells it apart is `last_four` (empty for a key that
    is so short that they would tell much of it) and `fingerprint`, keyed by the organization, of
    the key with the provider and the address that it is for: an address that is changed behind
    our back no longer fits, and the key goes nowhere. `base_url` is empty for the provider's own;
    a server of the customer's own may want no key.
    `model` answers where a project has chosen none. A revoked key stays as a row without the key;
    until it is `released_at`, no other account is used in its place: see keys/standing.py.
    """

    project = TenantForeignKey("projects.Project", null=True)
    provider = models.CharField(max_length=9, choices=Provider.choices)
    label = models.CharField(max_length=80)
    base_url = models.CharField(max_length=500, blank=True)
    model = models.CharField(max_length=120, blank=True)
    key = SealedTextField()
    last_four = models.CharField(max_length=4, blank=True)
    fingerprint = models.CharField(max_length=16)
    set_by = models.CharField(max_length=254)
    set_at = models.DateTimeField()
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)

    isolation = Isolation(
        staff=(
            "id",
            "organization_id",
            "project_id",
            "provider",
            "created_at",
            "set_at",
            "last_used_at",
            "revoked_at",
        )
    )

    clear: ClassVar[dict[str, str]] = {
        "label": "Tells keys apart while no key opens: else none could be revoked then.",
        "base_url": "Where requests go is shown in the data flow while no key opens, too.",
        "model": "The name of a provider's model.",
        "last_four": "Four characters by which a person tells keys apart; never of a short key.",
        "fingerprint": "Keyed by the organization: tells nothing without its key.",
        "set_by": "The name or address of a member, which their login holds, too.",
    }

    class Meta(TenantModel.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["organization_id", "provider", "project"],
                condition=Q(revoked_at=None),
                nulls_distinct=False,
                name="provider_key_once",
            ),
            models.CheckConstraint(
                condition=Q(provider__in=Provider.values), name="provider_key_provider_known"
            ),
            models.CheckConstraint(condition=~Q(label=""), name="provider_key_labelled"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, key__isnull=False)
                | Q(revoked_at=None, key__isnull=True) & ~Q(base_url="")
                | Q(revoked_at__isnull=False, key__isnull=True),
                name="provider_key_gone_when_revoked",
            ),
        )
