"""What the isolation proof does not try: see test_isolation_proof for every table and address."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from pgvector.psycopg import register_vector

from askorac.tenancy.catalog import tenant_models, violations
from askorac.tenancy.context import SET_CONTEXT, login_role, signed
from askorac.tenancy.signing import Context
from askorac.testing.people import Customer, new_customer
from askorac.testing.rows import fill

MODELS = tenant_models()


class World:
    """Two organizations with a row in every table, and the app role's own session."""

    def __init__(self) -> None:
        self.victim: Customer = new_customer("Victim")
        self.thief: Customer = new_customer("Thief")
        self.victims = fill(self.victim)
        self.project = next(row for m, row in self.victims.items() if m.__name__ == "Project").pk


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


def enter(session: psycopg.Connection, context: str | None) -> None:
    session.rollback()
    if context is not None:
        session.execute(SET_CONTEXT, ["orac.context", context])


def test_public_door_reads_live_chunks_only(world: World, session: psycopg.Connection) -> None:
    enter(session, signed(Context(world.victim.id), role="orac_app"))
    session.execute("UPDATE knowledge_chunk SET is_live = false")
    narrow = Context(world.victim.id, world.project, uuid4())
    session.execute(SET_CONTEXT, ["orac.context", signed(narrow, role="orac_app")])
    assert session.execute("SELECT count(*) FROM knowledge_chunk").fetchone() == (0,)


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
