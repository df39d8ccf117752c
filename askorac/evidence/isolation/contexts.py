"""Every context that one organization could show the database, and that must not lead to another.

Also what a context is tried in: a session of a login's own, in transactions that never last.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

import psycopg
from django.conf import settings
from django.db.models import JSONField
from pgvector.psycopg import register_vector
from psycopg.types.json import Json

from askorac.health.sessions import session
from askorac.tenancy.context import SET_CONTEXT, login_role
from askorac.tenancy.isolation import ACCOUNTS, APP, STAFF
from askorac.tenancy.models import TenantModel
from askorac.tenancy.signing import SETTING, Context, sign, signing_key

from .attempts import Verdict, held
from .decoys import Side
from .rows import Rows, values_for

LASTS_SECONDS: Final = 60
REFUSED: Final = "refused"
# On a busy machine a statement waits; one that is broken off would prove nothing.
PATIENCE: Final = "SET statement_timeout = '20s'"


Statement = tuple[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a statement did: the rows that it touched, or None and why the database refused it.

    `first` is the first column of the first row of what was read.
    """

    rows: int | None
    first: Any
    told: str

    @property
    def is_refused(self) -> bool:
        """Whether the database's rules said no; any other end proves nothing, or too much."""
        return self.rows is None and self.told.startswith(REFUSED)


def genuine(context: Context, *, role: str) -> str:
    """A context as our processes sign it."""
    expires_at = int(time.time()) + LASTS_SECONDS
    return sign(context, role=role, expires_at=expires_at, key=signing_key(settings.SECRET_KEY))


def hostile(one: Side, other: Side, *, role: str) -> dict[str, str | None]:
    """Each context by its name with which `one` tries to reach `other` on the login `role`.

    All eleven are tried on the app's login, whose rights are the widest; the others' rights end
    at most statements before a context counts.
    """
    own, stolen = Context(one.id), Context(other.id)
    key, elsewhere = signing_key(settings.SECRET_KEY), STAFF if role != STAFF else APP
    later, earlier = int(time.time()) + LASTS_SECONDS, int(time.time()) - 1
    honest = genuine(own, role=role)
    contexts = {
        "no context": None,
        "own context": honest,
        "context forged with another key": sign(
            stolen, role=role, expires_at=later, key=b"guess" * 6
        ),
        "the other's context of another login": sign(
            stolen, role=elsewhere, expires_at=later, key=key
        ),
    }
    if role != APP:
        return contexts
    return contexts | {
        "empty context": "",
        "the other's id in place of a context": str(other.id),
        "own context, the id swapped": honest.replace(str(one.id), str(other.id)),
        "expired context of the other": sign(stolen, role=role, expires_at=earlier, key=key),
        "something else": "v1|||||" + "9" * 40 + "|x",
        "own context of a public door": genuine(
            replace(own, project_id=uuid4(), conversation_id=uuid4()), role=role
        ),
        "own context, narrowed to the other's project": genuine(
            replace(own, project_id=other.key("Project")), role=role
        ),
    }


@contextmanager
def login(alias: str) -> Iterator[psycopg.Connection]:
    """A session of one of our logins, outside of every pool."""
    with session(settings.DATABASES[alias]) as connection:
        connection.execute(PATIENCE)
        register_vector(connection)
        yield connection


def role_of(alias: str) -> str:
    """The role that an alias logs in as."""
    return login_role(alias)


def logins() -> dict[str, str]:
    """The logins of this process whose rights are tried, by their roles."""
    roles = {role_of(alias): alias for alias in settings.DATABASES}
    return {role: roles[role] for role in (APP, ACCOUNTS, STAFF) if role in roles}


def attempt(
    connection: psycopg.Connection,
    context: str | None,
    statement: str,
    parameters: Sequence[Any] = (),
    *,
    before: Sequence[str] = (),
) -> Outcome:
    """Run a statement in a context, and take it back whatever it did."""
    (outcome,) = attempts(connection, context, [(statement, parameters)], before=before)
    return outcome


def attempts(
    connection: psycopg.Connection,
    context: str | None,
    statements: Sequence[Statement],
    *,
    before: Sequence[str] = (),
) -> list[Outcome]:
    """Run statements in a context, and take them back; one that is refused ends none of the rest.

    They share a transaction until one fails, since most of the time goes into beginning one.
    """
    outcomes: list[Outcome] = []
    while len(outcomes) < len(statements):
        try:
            with connection.transaction(force_rollback=True):
                if context is not None:
                    connection.execute(SET_CONTEXT, [SETTING, context])
                for each in before:
                    connection.execute(each)
                for statement, parameters in statements[len(outcomes) :]:
                    outcomes.append(_outcome(connection.execute(statement, parameters or None)))
        except psycopg.Error as error:
            outcomes.append(Outcome(None, None, told(error)))
    return outcomes


def _outcome(done: psycopg.Cursor[Any]) -> Outcome:
    row = done.fetchone() if done.description else None
    return Outcome(done.rowcount, row[0] if row else None, _rows(done.rowcount))


def insertion(model: type[TenantModel], rows: Rows, owner: Side) -> tuple[str, list[Any]]:
    """The statement that adds a row of `model` for `owner`, pointing at `rows`, and its values."""
    column = model.isolation.organization_column
    values = {**values_for(model, rows), column: owner.id}
    names = [field.attname for field in model._meta.concrete_fields]
    given = [
        Json(values[field.attname]) if isinstance(field, JSONField) else values[field.attname]
        for field in model._meta.concrete_fields
    ]
    marks = ", ".join(["%s"] * len(names))
    table = model._meta.db_table
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", given


def of_refusal(done: Outcome) -> Verdict:
    """The verdict on what the database has to refuse."""
    if done.rows is not None:
        return Verdict.BREACH
    return Verdict.HELD if done.is_refused else _of_error(done)


def of_rows(done: Outcome, *, most: int) -> Verdict:
    """The verdict on what may touch so many rows at most, or be refused."""
    if done.rows is None:
        return of_refusal(done)
    return held(done.rows <= most)


def of_count(done: Outcome, *, most: int) -> Verdict:
    """The same of a statement that counts."""
    if done.rows is None:
        return of_refusal(done)
    return held((done.first or 0) <= most)


def _of_error(done: Outcome) -> Verdict:
    """A taken id or a broken check tells that the policies let a row by; the rest tells nothing."""
    return Verdict.BREACH if done.told.endswith("Violation") else Verdict.VOID


def told(error: psycopg.Error) -> str:
    """What the database said, in words, without the values that it names."""
    name = type(error).__name__
    return _WORDS.get(name, f"ended with {name}")


def _rows(count: int) -> str:
    return "no row" if count == 0 else f"{count} row{'s' if count != 1 else ''}"


_WORDS: Final = {
    "InsufficientPrivilege": f"{REFUSED} by the database",
    "ForeignKeyViolation": f"{REFUSED}: no such row in this organization",
    "InvalidParameterValue": f"{REFUSED} by the database",
}
