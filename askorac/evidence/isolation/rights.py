"""What each login may at most: public doors, the tables of no organization, and our own staff."""

from collections.abc import Iterator
from typing import Final
from uuid import uuid4

import psycopg

from askorac.tenancy.global_tables import GLOBAL_TABLES
from askorac.tenancy.isolation import APP, STAFF
from askorac.tenancy.models import TenantModel
from askorac.tenancy.signing import Context

from .attempts import Attempt, Verdict, works
from .contexts import attempt, genuine, of_count, of_refusal, of_rows
from .decoys import Side

DOORS: Final = "Public doors"
USERS: Final = "Users and sessions"
OVERSTEPS: Final = "Overstepping"
STAFFS: Final = "Our own staff"

# Nothing of it is undone by taking the transaction back where it is refused at once.
STEPS: Final = (
    "TRUNCATE knowledge_chunk",
    "CREATE TEMPORARY TABLE stolen (id int)",
    "CREATE TABLE stolen (id int)",
    "SELECT * FROM orac_private.signing_key",
    "SELECT orac.context_field(2)",
    "SELECT * FROM orac.project_sizes(0)",
    "SET ROLE orac_owner",
    "SET ROLE orac_resolver",
    "SET ROLE orac_accounts",
    "SET SESSION AUTHORIZATION orac_owner",
    "ALTER TABLE knowledge_chunk NO FORCE ROW LEVEL SECURITY",
    "DROP POLICY member_select ON knowledge_chunk",
    "UPDATE projects_auditevent SET action = 'x'",
    "DELETE FROM projects_auditevent",
    "INSERT INTO evidence_run DEFAULT VALUES",
    "INSERT INTO evidence_decoy DEFAULT VALUES",
)
UNSAFE: Final = "SELECT count(*) FROM knowledge_chunk"


def door_attempts(
    connection: psycopg.Connection, model: type[TenantModel], side: Side
) -> Iterator[Attempt]:
    """A visitor's context reaches what the table declares for it: nothing, the rows of its project
    for reading, or one conversation."""
    table, public = model._meta.db_table, model.isolation.public
    project, conversation = side.key("Project"), side.key("Conversation")
    condition = model.isolation.public_when or "true"
    counted = f"SELECT count(*) FROM {table}"
    whole = genuine(Context(side.id), role=APP)
    total = attempt(connection, whole, f"{counted} WHERE {condition}").first
    narrow = genuine(Context(side.id, project, conversation), role=APP)
    other = genuine(Context(side.id, project, uuid4()), role=APP)
    for by, context, reaches in (
        ("a visitor in a conversation", narrow, public != "hidden"),
        ("a visitor in another conversation", other, public == "project"),
    ):
        seen = attempt(connection, context, counted)
        expected = total if reaches else 0
        result = f"{seen.first or 0} of {total} rows; declared: {public}"
        verdict = of_count(seen, most=expected)
        if (seen.first or 0) < expected:  # a door that is shut proves nothing of what it lets by
            verdict = Verdict.VOID
        yield Attempt(DOORS, table, f"{APP}, {by}", "SELECT", result, verdict)
        gone = attempt(connection, context, f"DELETE FROM {table}")
        yield Attempt(DOORS, table, f"{APP}, {by}", "DELETE", gone.told, of_rows(gone, most=0))
        changed = attempt(connection, context, f"UPDATE {table} SET id = id")
        most = total if reaches and public == "conversation" else 0
        verdict = of_rows(changed, most=most)
        yield Attempt(DOORS, table, f"{APP}, {by}", "UPDATE", changed.told, verdict)


def user_attempts(connection: psycopg.Connection, one: Side, other: Side) -> Iterator[Attempt]:
    """Users, sessions and addresses are out of the app's reach, but for fellow members' names."""
    own = genuine(Context(one.id), role=APP)
    by = f"{APP}, own context"
    for table, rights in GLOBAL_TABLES.items():
        if APP in rights:
            continue
        for statement in (f"SELECT count(*) FROM {table}", f"DELETE FROM {table}"):
            done = attempt(connection, own, statement)
            tried = statement.partition(" ")[0]
            yield Attempt(USERS, table, by, tried, done.told, of_refusal(done))
    for owner, is_theirs in ((one.owner, False), (other.owner, True)):
        statement = "SELECT count(*) FROM projects_user WHERE id = %s"
        done = attempt(connection, own, statement, [owner.pk])
        verdict = of_count(done, most=0) if is_theirs else works(done.first == 1)
        who = "the other's member" if is_theirs else "its own member"
        tried = f"SELECT of the name and address of {who}"
        yield Attempt(USERS, "projects_user", by, tried, f"{done.first} rows", verdict)
    done = attempt(connection, own, "SELECT password FROM projects_user")
    yield Attempt(USERS, "projects_user", by, "SELECT of passwords", done.told, of_refusal(done))


def overstepping(connection: psycopg.Connection, one: Side) -> Iterator[Attempt]:
    """What would take down the walls themselves."""
    own = genuine(Context(one.id), role=APP)
    for statement in STEPS:
        done = attempt(connection, own, statement)
        subject = statement.partition(" ")[0]
        yield Attempt(OVERSTEPS, subject, APP, statement, done.told, of_refusal(done))
    off = attempt(connection, own, UNSAFE, before=["SET LOCAL row_security = off"])
    tried = f"{UNSAFE}, with row_security = off"
    yield Attempt(OVERSTEPS, "SET", APP, tried, off.told, of_refusal(off))


def staff_attempts(
    connection: psycopg.Connection, model: type[TenantModel], other: Side
) -> Iterator[Attempt]:
    """Our staff, without a grant, reads the columns of metadata and nothing else."""
    table, declared = model._meta.db_table, set(model.isolation.staff)
    column = model.isolation.organization_column
    for field in model._meta.concrete_fields:
        if field.column in declared:
            continue
        where = f" WHERE {column} = %s" if column in declared else ""
        done = attempt(
            connection,
            None,
            f"SELECT count({field.column}) FROM {table}{where}",
            [other.id] if where else (),
        )
        tried = f"SELECT of {field.column}"
        yield Attempt(STAFFS, table, f"{STAFF}, no grant", tried, done.told, of_count(done, most=0))
    if declared:
        done = attempt(connection, None, f"DELETE FROM {table}")
        yield Attempt(STAFFS, table, f"{STAFF}, no grant", "DELETE", done.told, of_refusal(done))
