"""One organization against another, over every table found by introspection, by raw SQL."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.conf import settings
from django.db.models import JSONField
from pgvector.psycopg import register_vector
from psycopg.types.json import Json

from askorac.tenancy.catalog import tenant_models, violations
from askorac.tenancy.context import SET_CONTEXT, login_role, signed
from askorac.tenancy.global_tables import GLOBAL_TABLES
from askorac.tenancy.isolation import APP
from askorac.tenancy.models import TenantForeignKey, TenantModel
from askorac.tenancy.signing import Context, sign, signing_key
from askorac.testing.people import Customer, new_customer
from askorac.testing.rows import fill, values_for

MODELS = tenant_models()
MODEL_NAMES = [model._meta.label for model in MODELS]
KEY = signing_key(settings.SECRET_KEY)

Rows = dict[type[TenantModel], TenantModel]


class World:
    """Two organizations with a row in every table, and the app role's own session."""

    def __init__(self) -> None:
        self.victim: Customer = new_customer("Victim")
        self.thief: Customer = new_customer("Thief")
        self.victims: Rows = fill(self.victim)
        self.thiefs: Rows = fill(self.thief)
        self.project = next(row for m, row in self.victims.items() if m.__name__ == "Project").pk

    def contexts(self) -> dict[str, str | None]:
        """Every context that must not reach the victim."""
        own = Context(self.thief.id)
        stolen = Context(self.victim.id)
        later, earlier = int(time.time()) + 60, int(time.time()) - 1
        genuine = signed(own, role="orac_app")
        return {
            "none": None,
            "empty": "",
            "foreign": genuine,
            "by hand": str(self.victim.id),
            "forged": sign(stolen, role="orac_app", expires_at=later, key=b"guess" * 6),
            "swapped": genuine.replace(str(self.thief.id), str(self.victim.id)),
            "expired": sign(stolen, role="orac_app", expires_at=earlier, key=KEY),
            "other role": sign(stolen, role="orac_staff", expires_at=later, key=KEY),
            "garbage": "v1|||||" + "9" * 40 + "|x",
            "narrowed": signed(
                replace(own, project_id=uuid4(), conversation_id=uuid4()), role="orac_app"
            ),
            "narrowed to theirs": signed(replace(own, project_id=self.project), role="orac_app"),
        }


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture
def session() -> Iterator[psycopg.Connection]:
    with connect("default") as connection:
        register_vector(connection)
        yield connection
        connection.rollback()


def connect(alias: str) -> psycopg.Connection:
    database = settings.DATABASES[alias]
    return psycopg.connect(
        host=database["HOST"],
        port=database["PORT"],
        dbname=database["NAME"],
        user=database["USER"],
        password=database["PASSWORD"],
    )


def attempt(session: psycopg.Connection, statement: str, *parameters: Any) -> int:
    """How many rows a statement touched; 0 when the database refuses it."""
    try:
        with session.transaction():
            return session.execute(statement, parameters).rowcount
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ForeignKeyViolation):
        return 0


def enter(session: psycopg.Connection, context: str | None) -> None:
    session.rollback()
    if context is not None:
        session.execute(SET_CONTEXT, ["orac.context", context])


def organization_column(model: type[TenantModel]) -> str:
    return model.isolation.organization_column


@pytest.mark.parametrize("model", MODELS, ids=MODEL_NAMES)
def test_table_reached_from_any_other_context(
    world: World, session: psycopg.Connection, model: type[TenantModel]
) -> None:
    table, column = model._meta.db_table, organization_column(model)
    key, owner = world.victims[model].pk, world.victim.id
    for name, context in world.contexts().items():
        enter(session, context)
        seen = session.execute(
            f"SELECT id FROM {table} WHERE {column} = %s OR id = %s", [owner, key]
        )
        assert seen.fetchall() == [], name
        counted = session.execute(f"SELECT count(*) FROM {table}").fetchone()
        own = session.execute(f"SELECT count(*) FROM {table} WHERE {column} = %s", [world.thief.id])
        assert counted == own.fetchone(), name
        assert (
            attempt(session, f"UPDATE {table} SET {column} = %s WHERE id = %s", world.thief.id, key)
            == 0
        )
        assert attempt(session, f"UPDATE {table} SET id = id WHERE {column} = %s", owner) == 0
        assert attempt(session, f"DELETE FROM {table} WHERE {column} = %s", owner) == 0
        assert insert(session, model, world.victims, owner) == 0, name


@pytest.mark.parametrize("model", MODELS, ids=MODEL_NAMES)
def test_table_in_its_own_context(
    world: World, session: psycopg.Connection, model: type[TenantModel]
) -> None:
    table, column = model._meta.db_table, organization_column(model)
    enter(session, signed(Context(world.victim.id), role="orac_app"))
    seen = session.execute(f"SELECT count(*) FROM {table} WHERE {column} = %s", [world.victim.id])
    assert seen.fetchone() != (0,)


@pytest.mark.parametrize(
    "model",
    [m for m in MODELS if any(isinstance(f, TenantForeignKey) for f in m._meta.fields)],
    ids=lambda model: model._meta.label,
)
def test_row_pointing_at_another_organization(
    world: World, session: psycopg.Connection, model: type[TenantModel]
) -> None:
    for field in model._meta.fields:
        if not isinstance(field, TenantForeignKey):
            continue
        crossed = {**world.thiefs, field.related_model: world.victims[field.related_model]}
        enter(session, signed(Context(world.thief.id), role="orac_app"))
        session.execute(f"DELETE FROM {model._meta.db_table}")  # no unique key may answer first
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            force_insert(session, model, crossed, world.thief.id)


@pytest.mark.parametrize("model", MODELS, ids=MODEL_NAMES)
def test_public_door_reaches_its_project_and_conversation(
    world: World, session: psycopg.Connection, model: type[TenantModel]
) -> None:
    """As declared: nothing, the project's rows for reading, or the conversation's."""
    by_name = {m.__name__: row.pk for m, row in world.victims.items()}
    narrow = Context(world.victim.id, by_name["Project"], by_name["Conversation"])
    other = Context(world.victim.id, by_name["Project"], uuid4())
    table, public = model._meta.db_table, model.isolation.public
    condition = model.isolation.public_when or "true"
    total = count_as_member(session, world, f"{table} WHERE {condition}")
    for context, reaches in ((narrow, public != "hidden"), (other, public == "project")):
        enter(session, signed(context, role="orac_app"))
        seen = session.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert seen == ((total if reaches else 0),)
        assert attempt(session, f"DELETE FROM {table}") == 0
        changed = attempt(session, f"UPDATE {table} SET id = id")
        assert changed == (total if reaches and public == "conversation" else 0)


def test_public_door_reads_live_chunks_only(world: World, session: psycopg.Connection) -> None:
    enter(session, signed(Context(world.victim.id), role="orac_app"))
    session.execute("UPDATE knowledge_chunk SET is_live = false")
    narrow = Context(world.victim.id, world.project, uuid4())
    session.execute(SET_CONTEXT, ["orac.context", signed(narrow, role="orac_app")])
    assert session.execute("SELECT count(*) FROM knowledge_chunk").fetchone() == (0,)


@pytest.mark.parametrize("table", [t for t in GLOBAL_TABLES if APP not in GLOBAL_TABLES[t]])
def test_global_table_as_the_app_role(
    world: World, session: psycopg.Connection, table: str
) -> None:
    enter(session, signed(Context(world.victim.id), role="orac_app"))
    for statement in (f"SELECT count(*) FROM {table}", f"DELETE FROM {table}"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), session.transaction():
            session.execute(statement)


@pytest.mark.parametrize("table", ["django_migrations", "recovery_restoredrill"])
def test_table_about_the_installation_as_the_app_role(
    world: World, session: psycopg.Connection, table: str
) -> None:
    enter(session, signed(Context(world.victim.id), role="orac_app"))
    session.execute(f"SELECT count(*) FROM {table}")
    for statement in (f"DELETE FROM {table}", f"INSERT INTO {table} DEFAULT VALUES"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), session.transaction():
            session.execute(statement)


def test_users_as_the_app_role(world: World, session: psycopg.Connection) -> None:
    """Names and addresses of fellow members, nobody's password, and nothing through a widget."""
    for context, seen in (
        (Context(world.thief.id), [(world.thief.owner.email,)]),
        (Context(world.thief.id, world.project, uuid4()), []),
    ):
        enter(session, signed(context, role="orac_app"))
        assert session.execute("SELECT email FROM projects_user").fetchall() == seen
    for column in ("password", "is_superuser", "last_login"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), session.transaction():
            session.execute(f"SELECT {column} FROM projects_user")


def test_app_role_adding_a_stranger_as_member(world: World, session: psycopg.Connection) -> None:
    """Else it could read the address of anybody whose id it knows."""
    enter(session, signed(Context(world.thief.id), role="orac_app"))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute(
            "INSERT INTO projects_member (organization_id, id, user_id, role, created_at)"
            " VALUES (%s, %s, %s, 'owner', now())",
            [world.thief.id, uuid4(), world.victim.owner.pk],
        )


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE knowledge_chunk",
        "CREATE TEMPORARY TABLE stolen (id int)",
        "CREATE TABLE stolen (id int)",
        "SELECT * FROM orac_private.signing_key",
        "SELECT orac.context_field(2)",
        "SELECT * FROM orac.project_sizes(0)",
        "SET ROLE orac_owner",
        "SET ROLE orac_resolver",
        "SET ROLE orac_accounts",
        "ALTER TABLE knowledge_chunk NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY member_select ON knowledge_chunk",
        "UPDATE projects_auditevent SET action = 'x'",
        "DELETE FROM projects_auditevent",
    ],
)
def test_app_role_overstepping(session: psycopg.Connection, statement: str) -> None:
    with pytest.raises(
        (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue)
    ):
        session.execute(statement)


def test_app_role_switching_security_off(world: World, session: psycopg.Connection) -> None:
    enter(session, signed(Context(world.thief.id), role="orac_app"))
    session.execute("SET row_security = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute("SELECT * FROM knowledge_chunk")


def test_staff_role_reads_declared_columns_only(world: World) -> None:
    with connect("staff") as session:
        for model in MODELS:
            table, allowed = model._meta.db_table, set(model.isolation.staff)
            reading = set(model.isolation.reading)
            for field in model._meta.concrete_fields:
                statement = f"SELECT {field.column} FROM {table} LIMIT 1"
                if field.column in allowed:
                    assert session.execute(statement).fetchone() is not None
                elif field.column in reading:  # by a grant alone: test_staff_access
                    assert session.execute(statement).fetchone() is None
                else:
                    with pytest.raises(psycopg.errors.InsufficientPrivilege), session.transaction():
                        session.execute(statement)


def test_backup_and_resolver_logins_are_not_ours() -> None:
    assert set(settings.DATABASES) <= {"default", "accounts", "staff", "owner"}
    assert login_role() == "orac_app"


def test_catalog_agrees_with_the_models() -> None:
    assert violations() == []


def insert(
    session: psycopg.Connection, model: type[TenantModel], rows: Rows, organization_id: UUID
) -> int:
    try:
        with session.transaction():
            return force_insert(session, model, rows, organization_id)
    except psycopg.errors.InsufficientPrivilege:
        return 0


def force_insert(
    session: psycopg.Connection, model: type[TenantModel], rows: Rows, organization_id: UUID
) -> int:
    values = {**values_for(model, rows), organization_column(model): organization_id}
    columns = ", ".join(field.attname for field in model._meta.concrete_fields)
    marks = ", ".join(["%s"] * len(values))
    parameters = [
        Json(values[field.attname]) if isinstance(field, JSONField) else values[field.attname]
        for field in model._meta.concrete_fields
    ]
    statement = f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({marks})"
    return session.execute(statement, parameters).rowcount


def count_as_member(session: psycopg.Connection, world: World, what: str) -> int:
    enter(session, signed(Context(world.victim.id), role="orac_app"))
    row = session.execute(f"SELECT count(*) FROM {what}").fetchone()
    assert row is not None
    return int(row[0])
