"""The trail searched for somebody by a part of their name, then or now."""

from uuid import uuid4

import pytest
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.tenancy.planning import values_with
from askorac.testing.pages import new_member
from askorac.testing.people import Customer
from projects.models import AuditEvent, User
from projects.trail import searching
from projects.trail.recording import Actor, Target, record
from projects.trail.searching import Wanted, read_trail


def act(customer: Customer, *labels: str) -> None:
    with tenant(customer.id):
        for label in labels:
            record(
                action="source.added",
                target=Target(kind="source", id=uuid4()),
                by=Actor(kind="member", id=uuid4(), label=label),
                now=timezone.now(),
            )


def found(customer: Customer, **wanted: str) -> list[str]:
    """Who did what is wanted, beside founding the organization."""
    with tenant(customer.id):
        events = read_trail(wanted=Wanted(**wanted)).events
    return sorted(event.actor for event in events if event.action == "source.added")


def test_values_with_a_text_are_found_once_each_and_in_the_open_organization_alone(
    organization: Customer, stranger: Customer
) -> None:
    act(organization, *["ada@y.example", "Bob's key", "100%"] * 3, "")
    act(stranger, "adam@y.example")
    with tenant(organization.id):
        for text, most, values in (
            ("ADA@", 9, ["ada@y.example"]),
            ("b's K", 9, ["Bob's key"]),
            ("%", 9, ["100%"]),
            ("_", 9, []),
            (".example", 9, sorted(["ada@y.example", organization.owner.email])),
            (".example", 1, [min("ada@y.example", organization.owner.email)]),
        ):
            asked = values_with(text, model=AuditEvent, column="actor_label", most=most)
            assert sorted(asked) == values, text


@pytest.mark.parametrize("most_named", [200, 0])
def test_somebody_is_found_by_the_name_then_and_by_the_name_now(
    organization: Customer, monkeypatch: pytest.MonkeyPatch, most_named: int
) -> None:
    monkeypatch.setattr(searching, "MOST_NAMED", most_named)
    member = new_member(organization, "admin")
    User.objects.filter(pk=member.pk).update(name="Grace Hopper")
    act(organization, "ada@x.example", "ada's key", "bob@x.example")
    with tenant(organization.id):
        by = Actor(kind="member", id=member.pk, label="before@x.example")
        target = Target(kind="source", id=uuid4())
        record(action="source.added", target=target, by=by, now=timezone.now())
    for text, actors in (
        ("Ada", ["ada's key", "ada@x.example"]),
        ("hopper", ["before@x.example"]),
        ("BEFORE@", ["before@x.example"]),
        (member.email, ["before@x.example"]),
        ("nobody", []),
    ):
        assert found(organization, actor=text) == actors, text
        assert found(organization, text=text) == actors, text


def test_who_did_it_is_wanted_beside_what_was_done(organization: Customer) -> None:
    act(organization, "ada@x.example", "bob@x.example")
    assert found(organization, actor="ada", action="source.added") == ["ada@x.example"]
    assert found(organization, actor="ada", action="source.removed") == []
    assert found(organization, actor="ada", text="bob") == []
    assert len(found(organization, text="added the source")) == 2
