"""A column that is neither sealed nor listed with its reason fails the checks."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connections, models
from django.db.models import Q

from askorac.sealing.clear import unexplained
from askorac.sealing.fields import SealedTextField
from askorac.tenancy.catalog import tenant_models
from askorac.tenancy.models import TenantModel
from keys.checks import check_clear_columns

REASON = "Everybody may read it."
COLOURS = [("red", "Red"), ("green", "Green")]


def wrong(*constraints: models.CheckConstraint, clear: Any = None, **columns: Any) -> list[str]:
    """What is said of a model of these columns, which is no part of the product."""

    class Meta:
        app_label = "keys"

    Meta.constraints = constraints  # type: ignore[attr-defined]
    body = {"__module__": __name__, "Meta": Meta, "clear": clear or {}, **columns}
    try:
        model: type[TenantModel] = type("Strange", (TenantModel,), body)
        return list(unexplained(model))
    finally:
        apps.all_models["keys"].pop("strange", None)
        apps.clear_cache()


def test_every_column_of_the_product_is_sealed_or_explained() -> None:
    assert check_clear_columns(None) == []


@pytest.mark.parametrize(
    "column",
    [
        models.CharField(max_length=4),
        models.TextField(),
        models.JSONField(),
        models.BinaryField(),
        models.EmailField(),
        models.GenericIPAddressField(),
        ArrayField(models.TextField()),
        models.CharField(max_length=5, choices=COLOURS),
    ],
    ids=lambda column: f"{type(column).__name__}{'-chosen' if column.choices else ''}",
)
def test_column_that_could_hold_a_sentence_has_to_be_explained(column: Any) -> None:
    assert wrong(note=column) == [
        "keys.Strange.note is not sealed: seal it, or say in `clear` why not."
    ]
    assert wrong(note=column, clear={"note": REASON}) == []


def test_what_holds_no_sentence_needs_no_reason() -> None:
    among = models.CheckConstraint(condition=Q(colour__in=["red", "green"]), name="colour_known")
    assert (
        wrong(
            among,
            colour=models.CharField(max_length=5, choices=COLOURS),
            count=models.PositiveIntegerField(),
            at=models.DateTimeField(),
            scores=ArrayField(models.FloatField()),
            note=SealedTextField(),
        )
        == []
    )


@pytest.mark.parametrize(
    "condition",
    [~Q(colour__in=["red"]), Q(colour__in=["red"]) | Q(colour=""), Q(name__in=["red"])],
    ids=["none of", "or", "another"],
)
def test_rule_that_leaves_other_words_is_no_closed_list(condition: Q) -> None:
    rule = models.CheckConstraint(condition=condition, name="colour_known")
    column = models.CharField(max_length=5, choices=COLOURS)
    name = models.CharField(max_length=5)
    assert wrong(rule, colour=column, name=name, clear={"name": REASON}) == [
        "keys.Strange.colour is not sealed: seal it, or say in `clear` why not."
    ]


@pytest.mark.parametrize(
    ("clear", "said"),
    [
        (
            {"note": REASON},
            "keys.Strange.note is listed in `clear`, but it holds no text in clear.",
        ),
        (
            {"gone": REASON},
            "keys.Strange.gone is listed in `clear`, but it holds no text in clear.",
        ),
        ({"text": "Because."}, "keys.Strange.text is listed in `clear` without a reason."),
    ],
)
def test_list_that_says_too_much_or_too_little(clear: dict[str, str], said: str) -> None:
    columns = {"note": SealedTextField(), "text": models.TextField()}
    assert said in wrong(clear=clear, **columns)


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)
def test_table_has_no_column_beside_those_of_its_model(model: type[TenantModel]) -> None:
    """Such as one in clear that a migration forgot to remove."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped",
            [model._meta.db_table],
        )
        found = {row[0] for row in cursor.fetchall()}
    assert found == {field.column for field in model._meta.concrete_fields}
