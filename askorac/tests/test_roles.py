"""The database's roles: no large objects, and no trap laid for sessions to come."""

import psycopg
import pytest

from askorac.local.engines import Engines
from askorac.tenancy.catalog import violations
from askorac.tests.test_isolation import connect


@pytest.mark.parametrize("alias", ["default", "accounts", "staff"])
@pytest.mark.parametrize(
    "call", ["lo_create(0)", "lo_from_bytea(0, 'x')", "lo_get(1)", "lo_unlink(1)"]
)
def test_large_objects_are_out_of_reach(alias: str, call: str) -> None:
    with connect(alias) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute(f"SELECT {call}")


@pytest.mark.parametrize("scope", ["", "IN DATABASE askorac"])
def test_default_that_a_role_has_set_for_itself_is_found(scope: str) -> None:
    with connect("default") as session:
        session.autocommit = True
        try:
            session.execute(f"ALTER ROLE orac_app {scope} SET application_name = 'trap'")
            found = violations()
        finally:
            session.execute(f"ALTER ROLE orac_app {scope} RESET ALL")
    assert [each for each in found if "application_name" in each] == found != []
    assert violations() == []


def test_default_of_the_database_that_is_not_ours_is_found(engines: Engines) -> None:
    with psycopg.connect(engines.superuser_url(), autocommit=True) as session:
        try:
            session.execute("ALTER DATABASE askorac SET default_transaction_read_only = off")
            found = violations()
        finally:
            session.execute("ALTER DATABASE askorac RESET default_transaction_read_only")
    assert ["default_transaction_read_only" in each for each in found] == [True]


def test_large_objects_that_are_granted_are_found(engines: Engines) -> None:
    with psycopg.connect(engines.superuser_url(), autocommit=True) as session:
        try:
            session.execute("GRANT EXECUTE ON FUNCTION lo_create(oid) TO orac_staff")
            found = violations()
        finally:
            session.execute("REVOKE EXECUTE ON FUNCTION lo_create(oid) FROM orac_staff")
    assert found == [
        "The role orac_staff may write large objects: run the output of bootstrap_sql."
    ]
