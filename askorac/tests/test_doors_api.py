"""Every endpoint of /api/v1/, found by introspection, tried by a stranger's key with real foreign
ids, by nobody, by a key that may read only, by one that no owner has made, by a key of another
project, and with other methods."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest

from askorac.tenancy.context import tenant
from askorac.testing.doors import Door, made_up, walk
from askorac.testing.people import Customer, new_customer, new_project
from askorac.testing.programs import Program, new_program
from askorac.web.api.described import description
from projects.api_access import Need
from projects.api_views import ApiView
from projects.models import Project

from .test_doors import ids_of

UNKEPT = {"api:schema", "api:docs", "api:unknown"}
DOORS = [door for door in walk() if door.name.startswith("api:") and door.name not in UNKEPT]
VERBS = ("GET", "POST", "PATCH", "DELETE")


@dataclass(frozen=True)
class Case:
    """One method of one endpoint."""

    door: Door
    method: str

    def __str__(self) -> str:
        return f"{self.method} {self.door.name}"

    @property
    def view(self) -> type[ApiView]:
        view: type[ApiView] = self.door.view_class
        return view

    @property
    def need(self) -> Need:
        """What the key has to be allowed."""
        usual: Need = "read" if self.method == "GET" else "write"
        return self.view.needs.get(self.method, usual)

    @property
    def is_writing(self) -> bool:
        """Whether the key has to have the right to write."""
        return self.need in {"write", "own"}

    @property
    def is_owners(self) -> bool:
        """Whether an owner has to have made the key."""
        return self.need in {"own", "own.read"}

    @property
    def is_for_all(self) -> bool:
        """Whether the key has to open the whole organization."""
        return self.method in self.view.whole_organization


CASES = [
    Case(door, method)
    for door in DOORS
    for method in VERBS
    if hasattr(door.view_class, method.lower())
]


@dataclass(frozen=True)
class World:
    """A victim with a row in every table, and the programs that try its doors."""

    victim: Customer
    theirs: dict[str, UUID]
    own: dict[str, UUID]
    stranger: Program
    reader: Program
    members: Program
    neighbour: Program


@pytest.fixture(scope="module")
def world() -> World:
    victim, thief = new_customer("Victim"), new_customer("Thief")
    theirs = ids_of(victim)
    other_project = new_project(victim, "Another one")
    return World(
        victim=victim,
        theirs=theirs,
        own=ids_of(thief),
        stranger=new_program(thief),
        reader=new_program(victim, rights="read"),
        members=new_program(victim, is_owners=False),
        neighbour=new_program(victim, project=other_project),
    )


def named(cases: list[Case]) -> Any:
    return pytest.mark.parametrize("case", cases, ids=str)


def ask(program: Program, case: Case, ids: dict[str, UUID]) -> Any:
    """The response, to a request with a body that is none for anything."""
    body = None if case.method == "GET" else {}
    path = case.door.path(ids).removeprefix("/api/v1/")
    query = case.view.queries.get(case.method)
    needed = [name for name, field in query().fields.items() if field.required] if query else []
    return program(case.method, f"{path}?{urlencode(dict.fromkeys(needed, 'x'))}", body)


def told(program: Program, case: Case, ids: dict[str, UUID]) -> tuple[Any, ...]:
    """All that an answer tells, but for what is counted."""
    answer = ask(program, case, ids)
    headers = {k: v for k, v in answer.headers.items() if not k.startswith("RateLimit")}
    return answer.status_code, headers, answer.content


def test_every_endpoint_is_kept_and_described() -> None:
    paths = description()["paths"]
    found = {(path, method.upper()) for path, methods in paths.items() for method in methods}
    here = {(_template(case.door), case.method) for case in CASES}
    assert here == found
    assert [door.name for door in DOORS if not issubclass(door.view_class, ApiView)] == []
    assert [
        f"{door.route} has a parameter {door.unknown()} that names no tenant's row: strangers are"
        " not tried with it. Call it <model>_id."
        for door in DOORS
        if door.unknown()
    ] == []


@named([case for case in CASES if case.door.parameters])
def test_stranger_is_told_the_same_of_foreign_ids_as_of_none(world: World, case: Case) -> None:
    invented = made_up()
    answer = told(world.stranger, case, world.theirs)
    assert answer == told(world.stranger, case, invented)
    assert (answer[0], answer[1]["Content-Type"]) == (404, "application/problem+json")
    own = {"project_id": world.own["project_id"]}
    if len(case.door.parameters) > 1:
        assert answer == told(world.stranger, case, {**world.theirs, **own})
        assert answer == told(world.stranger, case, {**invented, **own})


@named([case for case in CASES if case.method == "GET"])
def test_owner_finds_what_a_stranger_does_not(world: World, case: Case) -> None:
    with closing(ask(new_program(world.victim), case, world.theirs)) as answer:
        assert answer.status_code == 200


@named([case for case in CASES if "project_id" in case.door.parameters and not case.is_for_all])
def test_key_of_another_project_is_told_the_same_as_of_none(world: World, case: Case) -> None:
    answer = told(world.neighbour, case, world.theirs)
    assert answer[0] == 404
    assert answer == told(world.neighbour, case, made_up())


@named([case for case in CASES if case.is_for_all])
def test_key_of_one_project_is_refused_what_concerns_all(world: World, case: Case) -> None:
    assert ask(world.neighbour, case, world.theirs).status_code == 403


@named(CASES)
def test_nobody_is_asked_for_a_key(world: World, case: Case) -> None:
    answers = [ask(Program(key), case, world.theirs) for key in (None, "orac_sk_made-up")]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0]["WWW-Authenticate"] == 'Bearer realm="AskOrac"'


@named([case for case in CASES if case.is_writing])
def test_key_that_may_read_is_refused(world: World, case: Case) -> None:
    assert ask(world.reader, case, world.theirs).status_code == 403


@named([case for case in CASES if case.is_owners])
def test_key_that_no_owner_has_made_is_refused(world: World, case: Case) -> None:
    assert ask(world.members, case, world.theirs).status_code == 403


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_other_method_is_refused(world: World, door: Door) -> None:
    taken = {case.method for case in CASES if case.door == door}
    for method in {*VERBS, "PUT", "OPTIONS", "TRACE"} - taken:
        answer = ask(world.reader, Case(door, method), world.theirs)
        assert (method, answer.status_code) == (method, 405)
        assert answer["Content-Type"] == "application/problem+json"
        assert set(answer["Allow"].split(", ")) - {"HEAD"} == taken


def test_nothing_was_lost(world: World) -> None:
    """After all of that."""
    with tenant(world.victim.id):
        assert Project.objects.count() == 2


def _template(door: Door) -> str:
    path = "/" + door.route
    for name in door.parameters:
        path = path.replace(f"<uuid:{name}>", f"{{{name}}}")
    return path
