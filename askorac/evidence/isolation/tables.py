"""Every table of tenants, reached for by raw SQL on each login, in every context there is."""

from collections.abc import Iterator
from typing import Final

import psycopg

from askorac.tenancy.catalog import tenant_models
from askorac.tenancy.isolation import APP
from askorac.tenancy.models import TenantForeignKey, TenantModel
from askorac.tenancy.signing import Context

from .attempts import WORSE, Attempt, held, works
from .contexts import (
    Outcome,
    Statement,
    attempt,
    attempts,
    genuine,
    hostile,
    insertion,
    of_count,
    of_refusal,
    of_rows,
)
from .decoys import Side
from .rows import target_of

PART: Final = "Tables"
KEYS: Final = "Foreign keys"
AFTER: Final = "Afterwards"


def table_attempts(
    connection: psycopg.Connection, role: str, model: type[TenantModel], one: Side, other: Side
) -> Iterator[Attempt]:
    """`one` reads, changes, removes and adds what is `other`'s, in each hostile context.

    On the app's login it is shown first that there is something to reach.
    """
    if role == APP:
        yield _control(connection, model, other)
    tries = _tries(model, one, other)
    for name, context in hostile(one, other, role=role).items():
        by = f"{role}, {name}"
        theirs, strange, *writing = attempts(connection, context, [what for _, what in tries])
        yield _of_reading(_name(model), by, theirs, strange)
        for (tried, _), done in zip(tries[2:], writing, strict=True):
            verdict = of_rows(done, most=0)
            yield Attempt(PART, _name(model), by, tried, done.told, verdict)


def key_attempts(
    connection: psycopg.Connection, model: type[TenantModel], one: Side, other: Side
) -> Iterator[Attempt]:
    """`one` adds a row of its own that points at a row of `other`, by each foreign key."""
    table, may = model._meta.db_table, model.isolation.app
    for field in model._meta.concrete_fields:
        if not isinstance(field, TenantForeignKey):
            continue
        target = target_of(field)
        crossed = {**one.rows, target: other.rows[target]}
        statement, values = insertion(model, crossed, one)
        # No unique key may answer before the foreign key does.
        before = [f"DELETE FROM {table}"] if "DELETE" in may else []
        own = genuine(Context(one.id), role=APP)
        done = attempt(connection, own, statement, values, before=before)
        tried = f"INSERT of a row of its own whose {field.column} is the other's"
        yield Attempt(KEYS, table, f"{APP}, own context", tried, done.told, of_refusal(done))


def _control(connection: psycopg.Connection, model: type[TenantModel], other: Side) -> Attempt:
    own = genuine(Context(other.id), role=APP)
    done = attempt(connection, own, _count(model), [other.id])
    by = f"{APP}, the other itself"
    return Attempt(PART, _name(model), by, "SELECT", done.told, works(bool(done.first)))


def _tries(model: type[TenantModel], one: Side, other: Side) -> list[tuple[str, Statement]]:
    """Two ways of reading, then of writing; adding comes last, since it is refused."""
    table, column = _name(model), model.isolation.organization_column
    key, count = other.rows[model].pk, f"SELECT count(*) FROM {table} WHERE"
    return [
        ("SELECT", (f"{count} {column} = %s OR id = %s", [other.id, key])),
        ("SELECT", (f"{count} {column} <> %s", [one.id])),
        ("UPDATE", (f"UPDATE {table} SET id = id WHERE {column} = %s", [other.id])),
        (
            "UPDATE to its own",
            (f"UPDATE {table} SET {column} = %s WHERE id = %s", [one.id, key]),
        ),
        ("DELETE", (f"DELETE FROM {table} WHERE {column} = %s", [other.id])),
        ("INSERT", insertion(model, other.rows, other)),
    ]


def _of_reading(table: str, by: str, theirs: Outcome, strange: Outcome) -> Attempt:
    """What is counted under a condition, and what is counted without one, is one's own."""
    result = theirs.told if theirs.rows is None else f"{theirs.first} of the other's rows"
    verdict = max(of_count(theirs, most=0), of_count(strange, most=0), key=WORSE.index)
    return Attempt(PART, table, by, "SELECT", result, verdict)


def _count(model: type[TenantModel]) -> str:
    return f"SELECT count(*) FROM {_name(model)} WHERE {model.isolation.organization_column} = %s"


def _name(model: type[TenantModel]) -> str:
    return str(model._meta.db_table)


def remaining(connection: psycopg.Connection, other: Side) -> Iterator[Attempt]:
    """After all of that, each row of `other` is where it was."""
    own = genuine(Context(other.id), role=APP)
    for model, row in other.rows.items():
        done = attempt(
            connection, own, f"SELECT count(*) FROM {_name(model)} WHERE id = %s", [row.pk]
        )
        result = "still there" if done.first == 1 else "gone"
        by = f"{APP}, the other itself"
        yield Attempt(AFTER, _name(model), by, "SELECT", result, held(done.first == 1))


def models() -> list[type[TenantModel]]:
    """Every model whose rows belong to an organization, in the order of their tables."""
    return sorted(tenant_models(), key=_name)
