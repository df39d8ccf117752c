"""The isolation proof holds here, leaves nothing behind, and fails where something is broken."""

import io
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.core.management import call_command
from django.http import Http404, HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import include, path
from django.utils import timezone
from pgvector.psycopg import register_vector

from askorac.evidence.isolation import decoys, endpoints, tables
from askorac.evidence.isolation.attempts import Verdict, held
from askorac.evidence.isolation.decoys import AnotherRuns, Side, remove_leftovers
from askorac.evidence.isolation.proof import Proof, prove
from askorac.evidence.management.commands import prove_isolation
from askorac.evidence.models import Decoy, Kind, Run
from askorac.local.engines import Engines
from askorac.signing.signatures import sign
from askorac.testing.pages import browser
from askorac.testing.people import new_customer
from askorac.testing.rows import fill
from knowledge.models import Chunk
from projects.trail.uses import flush

EXISTING: set[UUID] = set()


def oracle(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """A page that says of a foreign project that it is there."""
    if project_id in EXISTING:
        return HttpResponse("This project is not yours.", status=403)
    raise Http404


# The site, with a door that leaks.
urlpatterns = [
    path("app/projects/<uuid:project_id>/oracle/", oracle, name="oracle"),
    path("", include("askorac.urls")),
]


@pytest.fixture(scope="module")
def proof(engines: Engines) -> Proof:
    sign({"type": "test"})  # the installation's key is made when first wanted, and stays
    flush()  # what tests before have counted
    before = counts(engines)
    began_at = time.process_time()
    proof = prove(now=timezone.now())
    # Of a machine that does nothing else; the clock on the wall counts its other work, too.
    assert time.process_time() - began_at < 30
    assert counts(engines) == before
    return proof


@pytest.fixture(scope="module")
def sides() -> tuple[Side, Side]:
    customers = [new_customer("One"), new_customer("Another")]
    one, other = (Side(each.id, each.owner, fill(each)) for each in customers)
    return one, other


@pytest.fixture
def session(engines: Engines) -> Iterator[psycopg.Connection]:
    """A superuser's, whose transaction is taken back: what it breaks, nobody else sees."""
    with psycopg.connect(engines.superuser_url()) as connection:
        register_vector(connection)
        yield connection
        connection.rollback()


def counts(engines: Engines) -> dict[str, Any]:
    """How many rows each table of the database has."""
    with psycopg.connect(engines.superuser_url()) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()
            for (name,) in names.fetchall()
        }


def test_proof_holds_in_time_and_leaves_nothing(proof: Proof) -> None:
    assert "\n".join(map(str, proof.failed)) == ""
    assert not Decoy.objects.exists()
    assert {each.subject for each in proof.attempts} >= {m._meta.db_table for m in tables.models()}
    parts = {"Tables", "Foreign keys", "Public doors", "Our own staff", "Dashboard", "API"}
    assert set(proof.counts()) >= parts | {"Sockets", "Overstepping", "Afterwards"}
    assert {each.part for each in proof.attempts if each.verdict == Verdict.UNTRIED} <= {
        "Other addresses"
    }
    assert proof.logins == ("orac_app", "orac_accounts", "orac_staff")


@pytest.mark.parametrize(
    ("damage", "verdict"),
    [
        ("ALTER TABLE {} DISABLE ROW LEVEL SECURITY", Verdict.BREACH),
        ("CREATE POLICY leak ON {} FOR SELECT TO orac_app USING (true)", Verdict.BREACH),
        ("DROP POLICY member_select ON {}", Verdict.VOID),
    ],
    ids=["no security", "another policy", "no policy"],
)
def test_broken_table_fails(
    session: psycopg.Connection, sides: tuple[Side, Side], damage: str, verdict: Verdict
) -> None:
    session.execute(damage.format(Chunk._meta.db_table))
    session.execute("SET LOCAL SESSION AUTHORIZATION orac_app")
    attempts = list(tables.table_attempts(session, "orac_app", Chunk, *sides))
    assert verdict in {each.verdict for each in attempts}


def test_foreign_key_without_the_organization_fails(
    session: psycopg.Connection, sides: tuple[Side, Side]
) -> None:
    table = Chunk._meta.db_table
    session.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_document_id_fk")
    session.execute("SET LOCAL SESSION AUTHORIZATION orac_app")
    attempts = list(tables.key_attempts(session, Chunk, *sides))
    assert {each.tried for each in attempts if each.verdict == Verdict.BREACH} == {
        "INSERT of a row of its own whose document_id is the other's"
    }


def test_leaking_address_fails() -> None:
    with (
        override_settings(ROOT_URLCONF=__name__),
        decoys.two_sides(timezone.now()) as (one, other),
    ):
        EXISTING.add(other.key("Project"))
        asking = endpoints.dashboard(one, other)
        door = next(each for each in endpoints.doors_of(asking.part) if each.name == "oracle")
        attempts = list(endpoints.door_attempts(door, asking))
        with pytest.raises(AnotherRuns):
            prove(now=timezone.now())
    assert [each.verdict for each in attempts] == ["breach", "breach", "void"]


def test_what_an_interrupted_run_has_left_is_removed(engines: Engines) -> None:
    before = counts(engines)
    decoys._make("Isolation proof", timezone.now())
    assert remove_leftovers() == 1
    assert counts(engines) == before


def test_command_tells_everything_and_ends_with_one_on_a_breach(
    proof: Proof, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prove_isolation, "prove", lambda **_: proof)
    printed = io.StringIO()
    Run.objects.filter(kind=Kind.ISOLATION).delete()
    call_command("prove_isolation", "--json", stdout=printed)
    kept = Run.objects.get(kind=Kind.ISOLATION)
    assert (kept.has_held, len(kept.report["attempts"])) == (True, len(proof.attempts))
    assert "No proof has been run here yet" not in browser().get("/security/").content.decode()
    told = json.loads(printed.getvalue())
    assert (told["has_held"], len(told["attempts"])) == (True, len(proof.attempts))
    assert "member_select" in {policy["name"] for policy in told["policies"]}
    breach = replace(proof.attempts[-1], result="1 row", verdict=held(False))
    broken = replace(proof, attempts=(*proof.attempts, breach))
    monkeypatch.setattr(prove_isolation, "prove", lambda **_: broken)
    with pytest.raises(SystemExit) as ended:
        call_command("prove_isolation", stdout=printed)
    assert ended.value.code == 1
    assert [run.has_held for run in Run.objects.order_by("-asked_at")[:2]] == [False, True]
    assert "✗ breach: " in printed.getvalue()
