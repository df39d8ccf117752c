"""The isolation proof holds here, leaves nothing behind, and fails where something is broken."""

import io
import json
import re
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

from askorac.evidence.isolation import decoys, endpoints, sending, tables
from askorac.evidence.isolation.attempts import Verdict, held
from askorac.evidence.isolation.decoys import AnotherRuns, Side, remove_leftovers
from askorac.evidence.isolation.doors import Door, walk
from askorac.evidence.isolation.proof import Proof, prove
from askorac.evidence.management.commands import prove_isolation
from askorac.evidence.models import Decoy, Kind, Run
from askorac.local.engines import Engines
from askorac.signing.signatures import sign
from askorac.testing.pages import browser
from askorac.testing.people import new_customer
from askorac.testing.rows import fill
from askorac.web.api.described import description
from knowledge.models import Chunk
from projects.trail.uses import flush

EXISTING: set[UUID] = set()


def oracle(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """A page that says of a foreign project that it is there."""
    if project_id in EXISTING:
        return HttpResponse("This project is not yours.", status=403)
    raise Http404


def everybody(request: HttpRequest) -> HttpResponse:
    """A page of one's own that shows what is another's, too."""
    return HttpResponse("\n".join(map(str, EXISTING)))


# The site, with doors that leak.
urlpatterns = [
    path("app/projects/<uuid:project_id>/oracle/", oracle, name="oracle"),
    path("app/everybody/", everybody, name="everybody"),
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
    assert {each.result[:11] for each in proof.attempts if each.verdict == Verdict.UNTRIED} == {
        "not tried: "
    }
    assert proof.logins == ("orac_app", "orac_accounts", "orac_staff")


def test_every_operation_and_address_is_tried_or_named_with_its_reason(proof: Proof) -> None:
    told = {(each.part, each.subject, each.tried.split()[0]) for each in proof.attempts}
    operations = {
        ("API", path, method.upper())
        for path, methods in description()["paths"].items()
        for method in methods
    }
    seen = {(part, re.sub(r"<\w+:(\w+)>", r"{\1}", path), verb) for part, path, verb in told}
    assert operations - seen == set()
    subjects = {subject for _, subject, _ in told}
    assert [door.name for door in walk() if f"/{door.route}" not in subjects] == []
    named = {
        (sample.door, sample.method)
        for sample in (*sending.samples_of("API"), *sending.samples_of("Dashboard"))
    }
    assert {name for name, _ in named} <= {door.name for door in walk()}


def test_every_body_and_query_that_takes_an_id_has_a_request_with_the_others() -> None:
    taking = {
        (door.name, method.upper())
        for door in walk()
        if door.name.startswith("api:")
        for method, operation in _operations_of(door).items()
        if '"uuid"' in _asked_for(operation)
    }
    assert taking - {(each.door, each.method) for each in sending.samples_of("API")} == set()


def _operations_of(door: Door) -> dict[str, Any]:
    path = re.sub(r"<\w+:(\w+)>", r"{\1}", f"/{door.route}")
    found: dict[str, Any] = description()["paths"].get(path, {})
    return found


def _asked_for(operation: dict[str, Any]) -> str:
    """The schemas of what an operation takes beside its path, with those that they name."""
    queries = [each for each in operation.get("parameters", []) if each["in"] == "query"]
    told = json.dumps([queries, operation.get("requestBody", {})])
    for _ in range(3):
        names = set(re.findall(r"#/components/schemas/(\w+)", told))
        shapes = description()["components"]["schemas"]
        told += json.dumps([shapes[name] for name in sorted(names)])
    return told


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
        doors = {each.name: each for each in endpoints.doors_of(asking.part)}
        attempts = list(endpoints.door_attempts(doors["oracle"], asking))
        listed = list(endpoints.door_attempts(doors["everybody"], asking))
        with pytest.raises(AnotherRuns):
            prove(now=timezone.now())
    assert [each.verdict for each in attempts] == ["breach", "breach", "void"]
    assert [each.verdict for each in listed] == ["held", "breach"]
    assert f"with {other.key('Project')} of the other's" in listed[1].result


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
