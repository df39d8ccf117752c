"""Whoever changes something by a page or an endpoint leaves an audit event: found by introspection.

Of each address that takes a write, the code that can be reached from its view is walked, function
by function, as Python itself knows it; `projects.trail.recording.record` must be among it. One that
leaves none has to be named below, with the reason, and fails until then.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

from askorac.testing.doors import Door, walk
from conversations.listing import list_conversations, row_of
from conversations.transcripts import read_conversation, read_transcripts
from projects.trail.recording import record

OURS = ("askorac", "projects", "keys", "knowledge", "conversations")
WRITES = ("post", "patch", "put", "delete")
# Writes that leave no event, with what stands in its place.
EXCEPTIONS = {
    "POST api:search": "reads documents, and changes nothing",
    "POST api:chat": "a question: the conversation itself keeps it",
    "POST api:check_encryption": "asks the key service, and changes nothing",
    "POST api:check_key_service": "asks a key service, and changes nothing",
    "POST api:retention_preview": "counts, and changes nothing",
    "POST leaving:retry_export": "goes on with an export that was recorded when it was asked for",
    "POST projects:switch_organization": "changes the member's own session, and nothing else",
}
DOORS = [
    door
    for door in walk()
    if door.route.startswith(("app/", "api/v1/")) or door.name.startswith("leaving:")
]


def writes() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Each address and method that may change something, with the function behind it."""
    for door in DOORS:
        if door.view_class is not None:
            for method in WRITES:
                if hasattr(door.view_class, method):
                    yield f"{method.upper()} {door.name}", getattr(door.view_class, method)
        elif takes_a_form(door):
            yield f"POST {door.name}", door.view


def takes_a_form(door: Door) -> bool:
    """Whether a view lets POST in: its method guard says so, or it has none."""
    told = inspect.getclosurevars(door.view).nonlocals.get("request_method_list")
    return told is None or "POST" in told


def reached(start: Any) -> Iterator[Any]:
    """The functions of ours that can be called from one, itself among them. Of a method, those of
    its own class that it names, too."""
    seen: set[int] = set()
    waiting = [start]
    own = vars(owner) if (owner := owner_of(start)) else {}
    if own:
        named = {name for code in codes_of(start.__code__) for name in code.co_names}
        waiting += [own[name] for name in named & own.keys() if is_ours(own[name])]
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        waiting.extend(called_by(found))


def owner_of(method: Any) -> type | None:
    """The class of an endpoint that a method stands in."""
    for door in DOORS:
        if door.view_class is not None and method in vars(door.view_class).values():
            return door.view_class
    return None


def called_by(found: Any) -> Iterator[Any]:
    if inspect.isclass(found):
        yield from (each for each in vars(found).values() if is_ours(each))
        yield from (each.fget for each in vars(found).values() if isinstance(each, property))
        return
    function = inspect.unwrap(found)
    function = getattr(function, "func", function)  # of functools.partial
    if not isinstance(function, FunctionType):
        return
    if function is not found:
        yield function
    for cell in found.__closure__ or () if isinstance(found, FunctionType) else ():
        if is_ours(cell.cell_contents):
            yield cell.cell_contents
    for code in codes_of(function.__code__):
        yield from named_in(code, function.__globals__)


def codes_of(code: CodeType) -> Iterator[CodeType]:
    """The code of a function and of those inside of it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes_of(constant)


def named_in(code: CodeType, names: dict[str, Any]) -> Iterator[Any]:
    """What a name in the code stands for, a name behind a module of ours included."""
    modules = []
    for name in code.co_names:
        value = names.get(name)
        if isinstance(value, ModuleType) and value.__name__.startswith(OURS):
            modules.append(value)
        elif is_ours(value):
            yield value
        for module in modules:
            if is_ours(inner := getattr(module, name, None)):
                yield inner


def is_ours(value: Any) -> bool:
    where = str(getattr(inspect.unwrap(value), "__module__", "")) if callable(value) else ""
    return where.startswith(OURS) and (inspect.isclass(value) or callable(value))


FOUND = dict(writes())


@pytest.mark.parametrize("name", sorted(FOUND.keys() - EXCEPTIONS.keys()))
def test_write_leaves_an_event(name: str) -> None:
    assert any(each is record for each in reached(FOUND[name])), (
        f"{name} changes something and writes nothing down: call projects.trail.recording.record"
        " where it is done, or name it in EXCEPTIONS with what stands in its place."
    )


def test_exceptions_are_there_and_leave_none() -> None:
    assert EXCEPTIONS.keys() <= FOUND.keys()


def test_walk_tells_a_view_that_records_nothing() -> None:
    from projects.views.trail import checkpoints, deliver

    assert any(each is record for each in reached(deliver))
    assert not any(each is record for each in reached(inspect.unwrap(checkpoints)))


def reads() -> Iterator[tuple[str, Any]]:
    """Each address that is only looked at."""
    for door in walk():
        if door.route.startswith(("app/", "api/v1/", "admin/")):
            view = getattr(door.view_class, "get", None) if door.view_class else door.view
            if view is not None:
                yield door.name, view


def test_who_sees_conversations_is_written_down() -> None:
    """By pages, endpoints and our staff."""
    opening = {read_conversation, read_transcripts, list_conversations, row_of}
    seeing = {name: set(reached(view)) for name, view in reads()}
    shown = {name for name, called in seeing.items() if called & opening}
    assert {"conversations:read", "conversations:list", "api:conversation"} <= shown
    assert {name for name in shown if record not in seeing[name]} == set()
