"""Every address of the dashboard, found by introspection, tried by a stranger with real foreign
ids, by nobody, and with the wrong method. Members without the right try them in test_doors_roles.

A new address needs no test of its own here. One with a parameter that is not the id of a tenant's
row, or one that asks nobody who he is, has to be named below, and fails until then.
"""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.testing.doors import Door, known_parameters, made_up, walk
from askorac.testing.pages import browser
from askorac.testing.people import Customer, new_customer
from askorac.testing.rows import fill

# Doors that are open to anybody, with what keeps them harmless.
OPEN = {
    "healthz": "says that the process lives",
    "readyz": "says which parts answer",
    "signing_keys": "public keys, which are public",
    "projects:landing": "the page by which people decide",
    "projects:invitation": "shows what the session's token opens, and nothing without one",
    "projects:open_invitation": "puts a hash of the token in the session",
    "evidence:security": "what is in place, for everybody",
    "evidence:proof": "the last isolation proof, of organizations that are gone",
    "evidence:proof_json": "the same",
    "evidence:run": "has a look taken, once an hour for all together",
    "evidence:document": "two texts that are the same for all",
    "evidence:document_file": "the same",
    "evidence:security_txt": "whom to write to",
    "public:widget": "a script that is the same for all",
    "public:page": "a project's own page, by its public key",
    "public:portrait": "a project's picture, by its public key",
    "public:chat": "looks at origin or key itself",
    "public:config": "a project's look, by its public key",
    "public:cited": "opens by a signed token",
    "api:schema": "the same for all",
    "api:docs": "the same for all",
    "api:unknown": "what is not there",
}
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
DOORS = walk()
# allauth's doors are about who logs in; Django's admin is our staff's.
MEMBERS = [
    door
    for door in DOORS
    if door.route.startswith("app/") and not door.name.startswith(("api:", "admin:"))
]
STAFF = [door for door in DOORS if door.name.startswith("admin:")]


@dataclass(frozen=True)
class World:
    """A victim with a row in every table, and those who try its doors."""

    victim: Customer
    theirs: dict[str, UUID]
    own: dict[str, UUID]
    stranger: Client
    owner: Client


@pytest.fixture(scope="module")
def world() -> World:
    victim, thief = new_customer("Victim"), new_customer("Thief")
    return World(
        victim=victim,
        theirs=ids_of(victim),
        own=ids_of(thief),
        stranger=browser(thief.owner),
        owner=browser(victim.owner),
    )


def ids_of(customer: Customer) -> dict[str, UUID]:
    """The id of the customer's row for each parameter."""
    from askorac.jobs.models import Job
    from askorac.jobs.tasks import run_job
    from knowledge.sources import add_text
    from knowledge.tasks import INGEST_SOURCE
    from projects.lifecycle import create_project

    now = timezone.now()
    with tenant(customer.id):
        project = create_project(name="Help desk", by=customer.actor, now=now)
    add_text(project=project, title="Parcels", text="Thirty days.", by=customer.actor, now=now)
    with tenant(customer.id):
        job = Job.objects.get(kind=INGEST_SOURCE)
    run_job(str(customer.id), str(job.pk))
    rows = {model.__name__: row.pk for model, row in fill(customer).items()}
    return {name: rows[model.__name__] for name, model in known_parameters().items()}


def named(doors: list[Door]) -> Any:
    return pytest.mark.parametrize("door", doors, ids=lambda door: door.name)


def seen(client: Client, method: str, door: Door, ids: dict[str, UUID]) -> tuple[Any, ...]:
    """All that an answer tells, without what is asked for and what is another one each time."""
    answer = client.generic(method, door.path(ids))
    text = answer.content.decode()
    for value in ids.values():
        text = text.replace(str(value), "ID")
    text = re.sub(r'(csrfmiddlewaretoken" value=")\w+', r"\1TOKEN", text)
    headers = {k: v for k, v in answer.headers.items() if k != "Content-Length"}
    return answer.status_code, headers, text


def test_every_door_is_known() -> None:
    kept = {*MEMBERS, *STAFF, *(door for door in DOORS if door.name.startswith("api:"))}
    unkept = [door for door in DOORS if door not in kept and door.name not in OPEN]
    strange = [door for door in unkept if not door.route.startswith("accounts/")]
    strange += [door for door in MEMBERS if not door.right]
    assert [
        f"{door.route} ({door.name}) asks nobody who he is: name it in OPEN, or keep it."
        for door in strange
    ] == []


def test_every_parameter_is_known() -> None:
    strange = [
        f"{door.route} has a parameter {door.unknown()} that names no tenant's row: strangers are"
        " not tried with it. Call it <model>_id, or try it in a test of its own and name it here."
        for door in MEMBERS
        if door.unknown()
    ]
    assert strange == []


@named([door for door in MEMBERS if door.parameters])
def test_stranger_is_told_the_same_of_foreign_ids_as_of_none(world: World, door: Door) -> None:
    invented = made_up()
    foreign = [world.theirs, {**world.theirs, "project_id": world.own["project_id"]}]
    nothing = [invented, {**invented, "project_id": world.own["project_id"]}]
    for method in METHODS:
        for theirs, none in zip(foreign, nothing, strict=True):
            if len(door.parameters) == 1 and theirs is not world.theirs:
                continue
            told = seen(world.stranger, method, door, theirs)
            assert told == seen(world.stranger, method, door, none)
            assert told[0] in {404, 405}


@named([door for door in MEMBERS if door.parameters])
def test_owner_finds_what_a_stranger_does_not(world: World, door: Door) -> None:
    with closing(world.owner.get(door.path(world.theirs))) as answer:
        assert answer.status_code in {200, 204, 302, 405}


@named(MEMBERS)
def test_nobody_is_sent_to_the_login(world: World, door: Door) -> None:
    path = door.path(world.theirs)
    answers = [browser().generic(method, path) for method in ("GET", "POST")]
    allowed = [answer for answer in answers if answer.status_code != 405]
    assert {answer.status_code for answer in allowed} == {302}
    assert {answer["Location"] for answer in allowed} == {f"/accounts/login/?next={path}"}


@named(MEMBERS)
def test_wrong_method_is_refused(world: World, door: Door) -> None:
    assert world.owner.generic("PUT", door.path(world.theirs)).status_code == 405


@named([door for door in STAFF if door.name != "admin:login"])
def test_staffs_door_is_shut_to_customers(world: World, door: Door) -> None:
    if "(" in door.name or "app_list" in door.name:  # redirects to what has a name
        return
    path = reverse(door.name, args=[world.theirs["project_id"] for _ in door.parameters])
    for method in ("GET", "POST"):
        assert world.owner.generic(method, path).status_code in {403, 404, 405}
        assert browser().generic(method, path).status_code in {302, 404, 405}
