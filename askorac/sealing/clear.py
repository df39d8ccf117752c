"""Which columns lie in clear, and why: what is not sealed is on its model's short list."""

from collections.abc import Iterator
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q

from askorac.tenancy.models import TenantModel

from .fields import SealedField

# What holds no sentence: numbers, times, and references by ids.
_BARE: Final = (
    models.BooleanField,
    models.DateField,
    models.DecimalField,
    models.DurationField,
    models.FloatField,
    models.ForeignKey,
    models.IntegerField,
    models.UUIDField,
)

_FEWEST_WORDS: Final = 3


def unexplained(model: type[TenantModel]) -> Iterator[str]:
    """What is wrong with a model's columns in clear, and with its list of them, in sentences."""
    label = model._meta.label
    columns = {field.attname: field for field in model._meta.concrete_fields}
    in_clear = {name for name, field in columns.items() if _holds_text(model, field)}
    for name in sorted(in_clear - model.clear.keys()):
        yield f"{label}.{name} is not sealed: seal it, or say in `clear` why not."
    for name in sorted(model.clear.keys() - in_clear):
        yield f"{label}.{name} is listed in `clear`, but it holds no text in clear."
    for name, reason in model.clear.items():
        if len(reason.split()) < _FEWEST_WORDS:
            yield f"{label}.{name} is listed in `clear` without a reason."


def _holds_text(model: type[TenantModel], field: "models.Field[Any, Any]") -> bool:
    """Whether a column could hold what somebody wrote. One of an unknown kind could."""
    if isinstance(field, SealedField):
        return False
    if isinstance(field, ArrayField):
        return not isinstance(field.base_field, _BARE)
    return not isinstance(field, _BARE) and not _is_closed_list(model, field)


def _is_closed_list(model: type[TenantModel], field: "models.Field[Any, Any]") -> bool:
    """Whether the database itself takes one of our own words only."""
    if not field.choices:
        return False
    rules = [each for each in model._meta.constraints if isinstance(each, CheckConstraint)]
    return any(_only_names(rule.condition, f"{field.name}__in") for rule in rules)


def _only_names(rule: Any, lookup: str) -> bool:
    return (
        isinstance(rule, Q)
        and not rule.negated
        and rule.connector == Q.AND
        and any(isinstance(part, tuple) and part[0] == lookup for part in rule.children)
    )
