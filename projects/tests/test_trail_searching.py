"""The trail searched for somebody by a part of their name, then or now."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.tenancy.origins import Origin, coming_from
from askorac.tenancy.planning import values_with
from askorac.testing.pages import browser, new_member
from askorac.testing.people import Customer, new_project
from askorac.testing.programs import new_program
from projects.models import AuditEvent, User
from projects.trail import searching
from projects.trail.actions import ACTIONS
from projects.trail.recording import SYSTEM, Actor, Target, record
from projects.trail.searching import Wanted, read_trail
from projects.trail.subjects import SUBJECTS, phrase_of

TRAIL = reverse("projects:trail")


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


def test_events_are_found_by_where_they_came_from(organization: Customer) -> None:
    for label, address, session in (
        ("ada", "203.0.113.7", "abcdef0123456789"),
        ("bob", "203.0.113.70", "abcd000000000000"),
        ("eve", "2001:db8::7", ""),
    ):
        with coming_from(Origin(address, session)):
            act(organization, label)
    for wanted, actors in (
        ({"address": "203.0.113.7"}, ["ada"]),
        ({"address": "203.0.113."}, ["ada", "bob"]),
        ({"address": "2001:db8:"}, ["eve"]),
        ({"session": "abcdef0123456789"}, ["ada"]),
        ({"session": "abcd"}, ["ada", "bob"]),
        ({"session": "abcd", "address": "203.0.113.70"}, ["bob"]),
    ):
        assert found(organization, **wanted) == actors, wanted
    program = new_program(organization, rights="read")
    for query, count in (("address=203.0.113.&session=abcd", 2), ("address=2001:db8::7", 1)):
        answer = program("GET", f"audit-events/?{query}&action=source.added")
        assert len(answer.json()["results"]) == count, query
    assert program("GET", "audit-events/?session=x").status_code == 400


def test_page_leads_to_all_from_one_address_and_in_one_session(organization: Customer) -> None:
    with coming_from(Origin("2001:db8::7", "abcdef0123456789")):
        act(organization, "ada")
    client = browser(organization.owner)
    page = client.get(TRAIL, {"action": "source.added"}).content.decode()
    assert f'href="{TRAIL}?session=abcdef0123456789">abcdef<' in page
    assert f'href="{TRAIL}?address=2001%3Adb8%3A%3A7">2001:db8::7<' in page
    page = client.get(TRAIL, {"address": "2001:DB8:0::7"}).content.decode()
    assert ("added the source" in page, "founded the organization" in page) == (True, False)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"since": "2026-03-02", "until": "2026-03-01"}, "This is before “From”."),
        ({"address": "nowhere"}, "Give an address such as 203.0.113.7"),
        ({"session": "abc"}, "Give four to sixteen of the digits"),
        ({"target_id": "x"}, "This is not an id."),
    ],
)
def test_filter_that_can_not_be_says_what_to_give(
    organization: Customer, query: dict[str, str], sentence: str
) -> None:
    answer = browser(organization.owner).get(TRAIL, query)
    page = answer.content.decode()
    assert (answer.status_code, sentence in page, 'class="fold" open' in page) == (422, True, True)


@pytest.mark.parametrize("most_named", [200, 0])
def test_words_find_what_is_called_so_now(
    organization: Customer, stranger: Customer, monkeypatch: pytest.MonkeyPatch, most_named: int
) -> None:
    monkeypatch.setattr(searching, "MOST_NAMED", most_named)
    project, other = new_project(organization, "Café"), new_project(stranger, "Café")
    with tenant(organization.id):
        for each in (project, other):
            record(
                action="source.added",
                target=Target(kind="project", id=each.pk),
                by=SYSTEM,
                now=timezone.now(),
            )
        events = read_trail(wanted=Wanted(text="cafÉ")).events
    assert {event.target_id for event in events} == {project.pk}


def test_who_has_left_is_found_by_the_address_that_they_had(organization: Customer) -> None:
    client, gone = browser(organization.owner), f"{uuid4().hex}@left.example"
    act(organization, gone, organization.owner.email)
    page = client.get(reverse("projects:trail_actors"), {"actor": "@left"}).content.decode()
    assert page.count("@") == 1
    assert f'<option value="{gone}">In the trail</option>' in page
    assert found(organization, actor=gone) == [gone]
    page = client.get(TRAIL, {"actor": gone}).content.decode()
    assert page.count("added the source") == 1


def test_every_action_has_one_phrase_that_stands_alone() -> None:
    phrases = [phrase for named in SUBJECTS.values() for phrase in named.values()]
    actions = [action for named in SUBJECTS.values() for action in named]
    assert sorted(actions) == sorted(ACTIONS)
    assert len(set(phrases)) == len(phrases)
    assert {phrase_of(action) for action in ACTIONS} == set(phrases)
