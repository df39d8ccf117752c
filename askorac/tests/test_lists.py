"""Every page and every list of the API, found by introspection, takes as many statements with three
rows of everything as with one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from functools import partial
from secrets import token_bytes, token_hex
from typing import Any

import pytest
from django.db import DatabaseError, connections
from django.test.utils import CaptureQueriesContext

from askorac.tenancy.context import tenant
from askorac.testing.pages import browser, new_member
from askorac.testing.people import Customer
from askorac.testing.programs import new_program
from askorac.testing.rows import fill, values_for

from .test_doors import MEMBERS, ids_of
from .test_doors_api import CASES, ask

pytestmark = pytest.mark.long

# Of these there are three in the end; of some others there may be but one.
SEVERAL = {
    "conversations.Conversation",
    "knowledge.Source",
    "projects.ApiKey",
    "projects.AuditCheckpoint",
    "projects.AuditEvent",
    "projects.ErasureReceipt",
    "projects.Hold",
    "projects.Invitation",
    "projects.Project",
}
# One that is made up opens nothing, and what is made up keeps the true one from being opened.
KEYS = {"keys.DataKey"}
ALIASES = ("default", "accounts")
# When a session was used last is written every few minutes, whatever is asked for.
WHEN_SEEN = 'UPDATE "usersessions_usersession"'


def lists(customer: Customer) -> dict[str, Callable[[], Any]]:
    """What is asked for, by name: all that is about the organization, or about one project."""
    ids, page, program = ids_of(customer), browser(customer.owner), new_program(customer)
    asked: dict[str, Callable[[], Any]] = {
        door.name: partial(page.get, door.path(ids))
        for door in MEMBERS
        if set(door.parameters) <= {"project_id"}
    }
    for case in CASES:
        if case.method == "GET" and set(case.door.parameters) <= {"project_id"}:
            asked[case.door.name] = partial(ask, program, case, ids)
    return asked


def statements_of(asking: Callable[[], Any]) -> list[str]:
    with closing(asking()) as answer:  # what is kept in memory is there from now on
        assert answer.status_code < 500
    with ExitStack() as stack:
        seen = [stack.enter_context(CaptureQueriesContext(connections[each])) for each in ALIASES]
        with closing(asking()):
            pass
    found = [statement["sql"] for each in seen for statement in each.captured_queries]
    return [statement for statement in found if WHEN_SEEN not in statement]


def add_two_of_each(customer: Customer) -> set[str]:
    """Two more rows of each model that takes them; the labels of those."""
    rows, taken = fill(customer), set()
    for _ in range(2):
        new_member(customer, "viewer")
        for model in (each for each in rows if each._meta.label not in KEYS):
            with suppress(DatabaseError), tenant(customer.id):
                model.objects.create(**_others(values_for(model, rows)))
                taken.add(model._meta.label)
    return taken


def _others(values: dict[str, Any]) -> dict[str, Any]:
    """What is made up for a row, so that it is not what another has."""
    made_up = {"canary": token_hex(3), b"7" * 32: token_bytes(32)}
    return {
        name: made_up.get(value, value) if isinstance(value, str | bytes) else value
        for name, value in values.items()
    }


def test_lists_take_as_many_statements_for_three_rows_as_for_one(organization: Customer) -> None:
    asked = lists(organization)
    assert len(asked) > 60
    before = {name: statements_of(asking) for name, asking in asked.items()}
    assert SEVERAL - add_two_of_each(organization) == set()
    after = {name: statements_of(asking) for name, asking in asked.items()}
    grown = {name: after[name] for name in asked if len(after[name]) > len(before[name])}
    assert grown == {}
