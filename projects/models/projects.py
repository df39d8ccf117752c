"""One assistant: its knowledge, look and rules."""

import secrets
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from askorac.sealing.fields import SealedJSONField, SealedTextField
from askorac.tenancy.isolation import Isolation
from askorac.tenancy.models import TenantModel


def new_public_key() -> str:
    """The key that stands in a customer's page: it names the project and opens nothing else."""
    return f"pk_{secrets.token_hex(12)}"


class Theme(models.TextChoices):
    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


class Position(models.TextChoices):
    RIGHT = "right"
    LEFT = "left"


class Project(TenantModel):
    """One assistant.

    `embedding_space` is chosen when the first text is embedded ("provider/model/dimensions") and
    stays: vectors of two spaces can't be compared. An empty list of allowed domains means our own
    pages only. `answer_floor` is the score (0 to 1) under which a passage is not about a question;
    without one, the embedding model's own holds. `unanswered_text` and the contact are what a
    visitor is told and offered when there is no answer. `assistant_name` is what visitors read;
    without one, the project's name. From the day that its deletion is asked for until `deletes_at`
    nobody is answered. What is sealed is read through `look` and `settings`.
    """

    name = models.CharField(max_length=80)
    public_key = models.CharField(max_length=40, default=new_public_key, unique=True)
    allowed_domains = ArrayField(models.CharField(max_length=253), default=list, blank=True)
    greeting = SealedTextField()
    accent = models.CharField(max_length=7, default="#0b6480")
    suggestions = SealedJSONField()
    assistant_name = models.CharField(max_length=80, blank=True)
    theme = models.CharField(max_length=5, choices=Theme.choices, default=Theme.AUTO)
    position = models.CharField(max_length=5, choices=Position.choices, default=Position.RIGHT)
    instructions = SealedTextField()
    answer_floor = models.FloatField(null=True, blank=True)
    unanswered_text = SealedTextField()
    contact_label = models.CharField(max_length=80, blank=True)
    contact_url = models.CharField(max_length=500, blank=True, default="")
    embedding_space = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    deletes_at = models.DateTimeField(null=True)

    isolation = Isolation(
        public="project",
        project_column="id",
        staff=("id", "organization_id", "name", "embedding_space", "created_at", "deletes_at"),
    )

    clear: ClassVar[dict[str, str]] = {
        "name": "Leads through the dashboard while no key opens, and is sorted by.",
        "public_key": "Stands in the pages of the customer's site.",
        "allowed_domains": "Who may ask is decided before any key is; those sites show the widget.",
        "accent": "A colour, by a rule of the database.",
        "assistant_name": "A label shown to every visitor, also while no key opens.",
        "contact_label": "A label shown to every visitor.",
        "contact_url": "A public address that visitors are sent to.",
        "embedding_space": "The name of a provider's model.",
    }

    class Meta(TenantModel.Meta):
        indexes = (models.Index(fields=["created_at"], name="project_newest"),)
        constraints = (
            models.CheckConstraint(condition=~Q(name=""), name="project_named"),
            models.CheckConstraint(
                condition=Q(accent__regex=r"^#[0-9a-fA-F]{6}$"), name="project_accent_colour"
            ),
            models.CheckConstraint(condition=Q(theme__in=Theme.values), name="project_theme_known"),
            models.CheckConstraint(
                condition=Q(position__in=Position.values), name="project_position_known"
            ),
            models.CheckConstraint(
                condition=Q(answer_floor__isnull=True)
                | Q(answer_floor__gte=0, answer_floor__lte=1),
                name="project_floor_is_a_score",
            ),
            models.CheckConstraint(
                condition=Q(contact_url="") | Q(contact_url__regex=r"^(https?://|mailto:|tel:)"),
                name="project_contact_opens",
            ),
        )

    def __str__(self) -> str:
        return self.name
