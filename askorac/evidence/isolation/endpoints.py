"""Every page of the dashboard and every endpoint of the API, asked for what is the other's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.utils import timezone

from askorac.tenancy.context import tenant
from projects.api_keys import create_api_key
from projects.trail.recording import SYSTEM

from .asking import Answer, Asker, member
from .attempts import Attempt, Verdict, held, works
from .decoys import Side
from .doors import Door, known_parameters, made_up, walk

DASHBOARD: Final = "Dashboard"
API: Final = "API"
OTHERS: Final = "Other addresses"
VERBS: Final = ("GET", "POST", "PATCH", "DELETE")
TOLD_NOTHING: Final = {404, 405}
FOUND: Final = {200, 204, 302}

Ids = Mapping[str, UUID]


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks whom: `one` with ids of its own, and the `other`, who finds them."""

    part: str
    one: Asker
    other: Asker
    own: Ids
    theirs: Ids


def dashboard(one: Side, other: Side) -> Asking:
    """Both owners, logged in."""
    return Asking(DASHBOARD, member(one.owner), member(other.owner), ids_of(one), ids_of(other))


def api(one: Side, other: Side) -> Asking:
    """A program of each, with all rights that there are."""
    return Asking(API, _program(one), _program(other), ids_of(one), ids_of(other))


def doors_of(part: str) -> list[Door]:
    """The addresses with an id of a tenant's row in them."""
    return [
        door
        for door in walk()
        if door.parameters
        and not door.unknown()
        and (door.name.startswith("api:") if part == API else _is_members(door))
    ]


def untried() -> Iterator[Attempt]:
    """Addresses whose parameters name no row of a tenant, such as a kind of file."""
    for door in walk():
        is_ours = door.name.startswith("api:") or _is_members(door)
        if is_ours and door.unknown():
            names = ", ".join(door.unknown())
            result = f"not tried: {names} names no row"
            yield Attempt(OTHERS, _subject(door), "nobody", "a look", result, Verdict.UNTRIED)


def door_attempts(door: Door, asking: Asking) -> Iterator[Attempt]:
    """Each method of an address: what `one` is told of the other's ids, and of made-up ones, is
    the same; and the other finds what is there."""
    for method in _methods(door, asking.part):
        yield from _compared(door, method, asking)
    if "GET" in _methods(door, asking.part):
        yield _found(door, asking)


def ids_of(side: Side) -> dict[str, UUID]:
    """The id of the side's row for each parameter that an address can have."""
    return {name: side.rows[model].pk for name, model in known_parameters().items()}


def _compared(door: Door, method: str, asking: Asking) -> Iterator[Attempt]:
    invented = made_up()
    own = {"project_id": asking.own["project_id"]}
    yield _same(door, method, asking, asking.theirs, invented, "ids of the other")
    if len(door.parameters) > 1:
        mixed, none = {**asking.theirs, **own}, {**invented, **own}
        yield _same(door, method, asking, mixed, none, "an id of the other in its own project")


def _same(door: Door, method: str, asking: Asking, theirs: Ids, none: Ids, tried: str) -> Attempt:
    told = _told(door, method, asking.one, theirs)
    nothing = _told(door, method, asking.one, none)
    is_held = told == nothing and told.status in TOLD_NOTHING
    same = "the same as" if told == nothing else "not the same as"
    result = f"{told.status}, {same} for ids that don't exist"
    return Attempt(
        asking.part,
        _subject(door),
        "another organization",
        f"{method} with {tried}",
        result,
        held(is_held),
    )


def _found(door: Door, asking: Asking) -> Attempt:
    answer = _told(door, "GET", asking.other, asking.theirs)
    is_there = answer.status in FOUND or (answer.status == 405 and asking.part == DASHBOARD)
    return Attempt(
        asking.part, _subject(door), "the other itself", "GET", str(answer.status), works(is_there)
    )


def _told(door: Door, method: str, asker: Asker, ids: Ids) -> Answer:
    """What is answered to a request with a body that is none for anything."""
    body = b"{}" if asker.api_key and method != "GET" else b""
    return asker.ask(method, door.path(ids) + _query(door, method), body).without(*ids.values())


def _query(door: Door, method: str) -> str:
    kind: Any = getattr(door.view_class, "queries", {}).get(method)
    needed = [name for name, field in kind().fields.items() if field.required] if kind else []
    return f"?{urlencode(dict.fromkeys(needed, 'x'))}" if needed else ""


def _methods(door: Door, part: str) -> list[str]:
    if part == DASHBOARD:
        return ["GET", "POST"]
    return [verb for verb in VERBS if hasattr(door.view_class, verb.lower())]


def _is_members(door: Door) -> bool:
    return door.route.startswith("app/")


def _subject(door: Door) -> str:
    return f"/{door.route}"


def _program(side: Side) -> Asker:
    with tenant(side.id):
        made = create_api_key(
            name="Isolation proof",
            rights="write",
            project=None,
            by=SYSTEM,
            now=timezone.now(),
            is_owners=True,
            made_by=side.owner.pk,
        )
    return Asker(api_key=made.key)
