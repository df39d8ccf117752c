"""Every page of the dashboard and every endpoint of the API, asked for what is the other's."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.web.api.described import description
from projects.api_keys import create_api_key
from projects.trail.recording import SYSTEM

from .asking import Answer, Asker, member
from .attempts import Attempt, Verdict, held
from .decoys import Side
from .doors import Door, made_up, walk
from .sending import field_attempts, samples_of
from .showing import API, DASHBOARD, Asking, needed_query, shown_attempts, subject_of
from .signs import ids_of, names_of, signs_of

OTHERS: Final = "Other addresses"
VERBS: Final = ("GET", "POST", "PATCH", "DELETE")
TOLD_NOTHING: Final = {404, 405}
OF_ITSELF: Final = (
    "not tried: it takes nothing that could name what is another's, and acts on the organization of"
    " who asks"
)
FILE_ALONE: Final = "not tried: it takes a file alone, and makes new projects of it"
# Addresses that are neither a member's page nor an endpoint of a program.
APART: Final = {
    "admin:": "our own staff's, whose login is tried by itself",
    "account_": "about a login, which belongs to no organization",
    "mfa_": "about a login, which belongs to no organization",
    "evidence:": "about this installation, and the same for all",
    "public:": "for visitors, by a project's public key; the socket is tried in their place",
    "projects:invitation": "opens by a token that its mail alone has",
    "projects:open_invitation": "opens by a token that its mail alone has",
    "projects:landing": "the same for all",
    "signing_keys": "the same for all",
    "healthz": "the same for all",
    "readyz": "the same for all",
    "api:docs": "the same for all",
    "api:schema": "the same for all",
    "api:unknown": "what is not there",
}
Ids = Mapping[str, UUID]


def dashboard(one: Side, other: Side) -> Asking:
    """Both owners, logged in."""
    return _asking(DASHBOARD, member(one.owner), member(other.owner), one, other)


def api(one: Side, other: Side) -> Asking:
    """A program of each, with all rights that there are."""
    return _asking(API, _program(one), _program(other), one, other)


def doors_of(part: str) -> list[Door]:
    """The pages of members, or the endpoints of programs."""
    return [
        door
        for door in walk()
        if not door.unknown() and (_is_endpoint(door) if part == API else _is_members(door))
    ]


def untried() -> Iterator[Attempt]:
    """What is not tried, and why."""
    for door in walk():
        if _is_endpoint(door) or _is_members(door):
            if door.unknown():
                names = ", ".join(door.unknown())
                yield _untried(OTHERS, door, "a look", f"not tried: {names} names no row")
            continue
        kinds = (why for name, why in APART.items() if door.name.startswith(name))
        if (why := next(kinds, None)) is not None:
            yield _untried(OTHERS, door, "a look", f"not tried: {why}")


def door_attempts(door: Door, asking: Asking) -> Iterator[Attempt]:
    """Each method of an address: what `one` is told of the other's ids, and of made-up ones, is
    the same; the other finds what is there, and nothing of it stands among what is `one`'s."""
    methods = _methods(door, asking.part)
    for method in methods:
        if door.parameters:
            yield from _compared(door, method, asking)
        elif method != "GET" and asking.part == API:
            yield from _without_ids(door, method, asking)
    if "GET" in methods:
        yield from _looked_at(door, asking)


def _looked_at(door: Door, asking: Asking) -> Iterator[Attempt]:
    attempts = list(shown_attempts(door, asking))
    is_form = attempts[0].result == "405" and not door.parameters
    if is_form and door.name not in {sample.door for sample in samples_of(asking.part)}:
        yield _untried(asking.part, door, "POST", OF_ITSELF)
    elif not is_form:
        yield from attempts


def _without_ids(door: Door, method: str, asking: Asking) -> Iterator[Attempt]:
    """An endpoint whose address names nothing."""
    if (door.name, method) in {(sample.door, sample.method) for sample in samples_of(API)}:
        return  # tried with what it asks for
    takes = _media_types(door, method)
    if "application/json" in takes:
        yield from field_attempts(door, method, asking)
    else:
        yield _untried(API, door, method, FILE_ALONE if takes else OF_ITSELF)


def _media_types(door: Door, method: str) -> Collection[str]:
    """What an endpoint's body may be, by its own description."""
    path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", f"/{door.route}")
    told: Any = description()["paths"].get(path, {}).get(method.lower(), {})
    return set(told.get("requestBody", {}).get("content", {}))


def _asking(part: str, asker: Asker, asked: Asker, one: Side, other: Side) -> Asking:
    return Asking(
        part=part,
        one=asker,
        other=asked,
        own=ids_of(one),
        theirs=ids_of(other),
        own_names=names_of(one),
        their_names=names_of(other),
        signs=signs_of(other),
    )


def _untried(part: str, door: Door, tried: str, why: str) -> Attempt:
    return Attempt(part, subject_of(door), "nobody", tried, why, Verdict.UNTRIED)


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
        subject_of(door),
        "another organization",
        f"{method} with {tried}",
        result,
        held(is_held),
    )


def _told(door: Door, method: str, asker: Asker, ids: Ids) -> Answer:
    """What is answered to a request with a body that is none for anything."""
    body = b"{}" if asker.api_key and method != "GET" else b""
    return asker.ask(method, door.path(ids) + needed_query(door, method), body).without(
        *ids.values()
    )


def _methods(door: Door, part: str) -> list[str]:
    if part == DASHBOARD:
        return ["GET", "POST"]
    return [verb for verb in VERBS if hasattr(door.view_class, verb.lower())]


def _is_members(door: Door) -> bool:
    return door.route.startswith("app/")


def _is_endpoint(door: Door) -> bool:
    return door.name.startswith("api:") and door.name not in APART


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
