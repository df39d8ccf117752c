"""One row of every tenant model for an organization, made from the models themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from django.apps import apps
from django.db import models
from pgvector.django import HalfVectorField

from askorac.sealing import keyrings
from askorac.tenancy.catalog import tenant_models
from askorac.tenancy.context import require, tenant
from askorac.tenancy.models import TenantForeignKey, TenantModel

WORD = "canary"
Rows = dict[type[TenantModel], TenantModel]


# By the label of a model whose rows the app's login can't add: what adds one.
Deeds = Mapping[str, Callable[[UUID], None]]


def rows_in(organization_id: UUID, *, deeds: Deeds, word: str = WORD) -> Rows:
    """The organization's row of each tenant model; what is missing is made, targets first. `word`
    is what its texts say, as far as they may be that long."""
    rows: Rows = {}
    keyrings.of(organization_id)  # else its first data key would be made up, and open nothing
    with tenant(organization_id):
        for model in tenant_models():
            _row(model, rows, deeds, word)
    return rows


def values_for(model: type[TenantModel], rows: Rows, word: str = WORD) -> dict[str, Any]:
    """A value for each column of a new row, pointing at the rows of `rows`."""
    values = {
        field.attname: _value(field, rows, word)
        for field in model._meta.concrete_fields
        if field.attname != "organization_id"
    }
    if (shared := _SHARED.get(model._meta.label)) is not None:
        values["id"] = values[shared]
    return values


def target_of(field: TenantForeignKey) -> type[TenantModel]:
    """The tenant model that a foreign key points at."""
    target = field.related_model
    assert isinstance(target, type) and issubclass(target, TenantModel)
    return target


def _row(model: type[TenantModel], rows: Rows, deeds: Deeds, word: str) -> TenantModel:
    if model not in rows:
        for field in model._meta.concrete_fields:
            if isinstance(field, TenantForeignKey):
                _row(target_of(field), rows, deeds, word)
        rows[model] = model.objects.first() or _made(model, rows, deeds, word)
    return rows[model]


def _made(model: type[TenantModel], rows: Rows, deeds: Deeds, word: str) -> TenantModel:
    deed = deeds.get(model._meta.label) or _BY_ITSELF.get(model._meta.label)
    if deed is None:
        return model.objects.create(**values_for(model, rows, word))
    deed(require().organization_id)
    return model.objects.get()


def _end_a_turn(organization_id: UUID) -> None:
    """As its process does: the database counts it as used."""
    turns = apps.get_model("conversations", "Turn")._default_manager
    turn = turns.get(organization_id=organization_id)
    turn.pk, turn.client_id, turn.state = uuid4(), uuid4(), "processing"
    turn.lease_expires_at = turn.started_at
    turn.save(force_insert=True)
    turns.filter(pk=turn.pk).update(state="ready")
    turns.filter(pk=turn.pk).delete()


def _value(field: models.Field[Any, Any], rows: Rows, word: str) -> Any:
    if isinstance(field, TenantForeignKey):
        return rows[target_of(field)].pk
    if field.primary_key or isinstance(field, models.UUIDField | models.ForeignKey):
        return uuid4()
    if (needed := _NEEDED.get(str(field))) is not None:
        return _saying(needed, word)
    if field.has_default():
        return field.get_default()
    if field.choices:
        return next(iter(field.choices))[0]
    if field.blank and isinstance(field, models.CharField):
        return ""  # what may be empty means something where it is not, such as a chosen model
    if isinstance(field, models.CharField | models.TextField):
        return word[: field.max_length] if field.max_length else word
    return next((value for kind, value in _BY_KIND if isinstance(field, kind)), None)


def _saying(needed: Any, word: str) -> Any:
    if isinstance(needed, dict):
        return {name: _saying(each, word) for name, each in needed.items()}
    return word if needed == WORD else needed


# Rows that the database adds by itself, when something else is done.
_BY_ITSELF: Deeds = {"conversations.Usage": _end_a_turn}
# Whose id is that of the row it belongs to.
_SHARED = {"knowledge.UpcomingVector": "chunk_id"}
# What a table asks for beside what its fields do.
_NEEDED = {
    "knowledge.Source.name": WORD,
    "projects.AuditCheckpoint.seq": 1,  # where the founding of the organization is written
    "projects.ErasureReceipt.document": {"type": "askorac.erasure_receipt.v1", "rule": WORD},
}
_BY_KIND: tuple[tuple[type[Any], Any], ...] = (
    (HalfVectorField, [0.5] * 384),
    (models.DateTimeField, datetime(2030, 1, 1, tzinfo=UTC)),
    (models.IntegerField, 7),
    (models.BinaryField, b"7" * 32),
    (models.BooleanField, True),
)
