"""The organization's page, its trail, and a person's own page."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from askorac.environment import BASE_DIR
from askorac.tenancy.context import tenant
from askorac.tenancy.planning import by_index
from askorac.testing.pages import answers, browser, new_member
from askorac.testing.people import Customer, new_project
from projects.models import AuditEvent, Organization, User
from projects.trail.actions import ACTIONS
from projects.trail.searching import PAGE

ORGANIZATION = reverse("projects:organization")
RENAME = reverse("projects:rename_organization")
MEMBERS = reverse("projects:members")
TRAIL = reverse("projects:trail")
ACCOUNT = reverse("projects:account")
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def name_of(customer: Customer) -> str:
    with tenant(customer.id):
        return Organization.objects.get().name


def write_events(customer: Customer, count: int, **values: Any) -> None:
    """So many events, one a minute from START on, named by their number."""
    with tenant(customer.id):
        AuditEvent.objects.bulk_create(
            AuditEvent(
                organization_id=customer.id,
                **{
                    "actor_kind": "member",
                    "actor_id": customer.owner.pk,
                    "actor_label": customer.owner.email,
                    "action": "source.added",
                    "target_kind": "source",
                    "target_id": uuid4(),
                    "target_label": f"Document {number:03}",
                    "at": START + timedelta(minutes=number),
                    **values,
                },
            )
            for number in range(count)
        )


def shown(page: str) -> list[str]:
    return re.findall(r"Document \d{3}", page)


def test_pages_by_person(organization: Customer, stranger: Customer) -> None:
    seen = {"owner": 200, "viewer": 200, "stranger": 200, "nobody": 302}
    own = {**seen, "viewer": 403}
    for path, expected in ((ORGANIZATION, seen), (ACCOUNT, seen), (TRAIL, own)):
        assert answers(organization, stranger, "GET", path) == expected, path
    expected = {"owner": 422, "viewer": 403, "stranger": 422, "nobody": 302}
    assert answers(organization, stranger, "POST", RENAME) == expected


@pytest.mark.parametrize(
    ("method", "path"),
    [("put", ORGANIZATION), ("post", ORGANIZATION), ("get", RENAME), ("post", TRAIL)],
)
def test_wrong_method_is_refused(organization: Customer, method: str, path: str) -> None:
    assert getattr(browser(organization.owner), method)(path).status_code == 405


def test_organization_is_renamed_and_the_trail_says_so(organization: Customer) -> None:
    client = browser(organization.owner)
    answer = client.post(RENAME, {"name": " Acme  Trains ", "seen": "Acme"}, follow=True)
    assert answer.redirect_chain == [(ORGANIZATION, 302)]
    assert name_of(organization) == "Acme Trains"
    with tenant(organization.id):
        event = AuditEvent.objects.get(action="organization.renamed")
    assert (event.target_label.open(), event.details.open()) == ("Acme Trains", {"before": "Acme"})
    assert event.actor_label == organization.owner.email


@pytest.mark.parametrize("name", ["", "  ", "x" * 121])
def test_organization_keeps_its_name_over_an_unusable_one(
    organization: Customer, name: str
) -> None:
    answer = browser(organization.owner).post(RENAME, {"name": name, "seen": "Acme"})
    assert (answer.status_code, name_of(organization)) == (422, "Acme")
    assert 'id="id_name_error"' in answer.content.decode()


def test_organization_renamed_meanwhile_is_not_overwritten_unseen(organization: Customer) -> None:
    client = browser(organization.owner)
    client.post(RENAME, {"name": "First", "seen": "Acme"})
    answer = client.post(RENAME, {"name": "Second", "seen": "Acme"})
    page = answer.content.decode()
    assert (answer.status_code, name_of(organization)) == (422, "First")
    assert ('value="Second"' in page, 'name="seen" value="First"' in page) == (True, True)
    client.post(RENAME, {"name": "Second", "seen": "First"})
    assert name_of(organization) == "Second"


def test_person_takes_another_name(organization: Customer) -> None:
    viewer = new_member(organization, "viewer")
    browser(viewer).post(ACCOUNT, {"name": "Ada  Lovelace"})
    assert User.objects.get(pk=viewer.pk).name == "Ada Lovelace"
    with tenant(organization.id):
        event = AuditEvent.objects.get(action="user.renamed")
    assert (event.actor_id, event.target_label.open()) == (viewer.pk, "Ada Lovelace")


def test_person_without_a_name_is_told_why(organization: Customer) -> None:
    answer = browser(organization.owner).post(ACCOUNT, {"name": " "})
    assert (answer.status_code, User.objects.get(pk=organization.owner.pk).name) == (
        422,
        "Owner of Acme",
    )


def test_trail_is_told_in_words_with_the_exact_time(organization: Customer) -> None:
    write_events(organization, 1, details={"reason": "<b>new</b>", "fields": ["name", "look"]})
    page = browser(organization.owner).get(TRAIL).content.decode()
    for words in (
        "1 Mar 2026, 12:00:00",
        'added the source <span dir="auto">“Document 000”',
        "&lt;b&gt;new&lt;/b&gt;",
        "name, look",
        "founded the organization",
    ):
        assert words in page


def test_trail_goes_on_page_by_page_and_misses_nothing(organization: Customer) -> None:
    write_events(organization, PAGE + 3)
    write_events(organization, PAGE, at=START)  # many at the very same moment
    client = browser(organization.owner)
    pages, path = [], TRAIL
    while path:
        page = client.get(path).content.decode()
        pages.append(shown(page))
        older = re.search(r'href="(\?[^"]+)">Older', page)
        path = TRAIL + older[1].replace("&amp;", "&") if older else ""
    # The founding of the organization is the first of all, today.
    assert [len(names) for names in pages] == [PAGE - 1, PAGE, 4]
    everything = sorted(name for names in pages for name in names)
    numbers = [*range(PAGE + 3), *range(PAGE)]
    assert everything == sorted(f"Document {number:03}" for number in numbers)


def test_trail_is_read_by_its_index(organization: Customer) -> None:
    with tenant(organization.id), by_index():
        page = AuditEvent.objects.order_by("-at", "id")[: PAGE + 1]
        plan = page.explain()
    assert "audit_by_time" in plan


def test_trail_is_filtered(organization: Customer) -> None:
    other = new_member(organization, "admin")
    write_events(organization, 3)
    write_events(organization, 1, actor_id=other.pk, target_label="Document 100")
    write_events(organization, 1, actor_kind="staff", actor_id=None, target_label="Document 200")
    write_events(organization, 1, action="source.removed", target_label="Document 300")
    write_events(organization, 1, at=START + timedelta(days=2), target_label="Document 400")
    former = {"actor_id": uuid4(), "actor_label": "gone@x.example"}
    write_events(organization, 1, target_label="Document 500", at=START - timedelta(1), **former)
    client = browser(organization.owner)
    for query, names in (
        ({"action": "source.removed"}, ["Document 300"]),
        ({"actor": str(other.pk)}, ["Document 100"]),
        ({"actor": other.email}, ["Document 100"]),
        ({"actor": "the ADMIN"}, ["Document 100"]),
        ({"actor": "gone@"}, ["Document 500"]),
        ({"actor": "nobody's name"}, []),
        ({"actor": "staff"}, ["Document 200"]),
        ({"actor": "askorac Staff"}, ["Document 200"]),
        ({"text": "the admin"}, ["Document 100"]),
        ({"since": "2026-03-03", "action": "source.added"}, ["Document 400"]),
        ({"since": "2026-03-01", "until": "2026-03-01", "actor": "staff"}, ["Document 200"]),
        ({"action": "project.deleted"}, []),
    ):
        assert shown(client.get(TRAIL, query).content.decode()) == names, query


def test_trail_suggests_few_of_those_who_may_be_meant(
    organization: Customer, stranger: Customer
) -> None:
    for _ in range(12):
        other = new_member(organization, "admin")
    client = browser(organization.owner)
    for typed, members, kinds in (
        ("", 10, 5),
        ("The admin", 10, 0),
        (other.email, 1, 0),
        ("staff", 0, 1),
        (stranger.owner.email, 0, 0),
    ):
        page = client.get(reverse("projects:trail_actors"), {"actor": typed}).content.decode()
        assert (page.count("@"), page.count("></option>")) == (members, kinds), typed
    assert other.email not in client.get(TRAIL).content.decode()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"before": "nonsense"}, 404),
        ({"before": "WyIyMDI2LTAxLTAxIiwgIngiLCAwXQ"}, 404),
        ({"action": "drop"}, 422),
        ({"actor": str(uuid4())}, 200),
        ({"actor": "x" * 255}, 422),
        ({"since": "yesterday"}, 422),
        ({"until": "9999-12-31"}, 200),
    ],
)
def test_trail_asked_for_nonsense_shows_a_page(
    organization: Customer, query: dict[str, str], status: int
) -> None:
    assert browser(organization.owner).get(TRAIL, query).status_code == status


def test_trail_shows_the_organizations_events_alone(
    organization: Customer, stranger: Customer
) -> None:
    new_project(stranger, "Rival plans")
    page = browser(organization.owner).get(TRAIL).content.decode()
    assert ("Rival plans" in page, stranger.owner.email in page) == (False, False)


@pytest.mark.parametrize(
    ("path", "more"),
    [
        (TRAIL, lambda customer: write_events(customer, 2)),
        (ORGANIZATION, lambda customer: new_member(customer, "viewer")),
        (MEMBERS, lambda customer: new_member(customer, "viewer")),
    ],
)
def test_list_takes_as_many_statements_for_three_rows_as_for_one(
    organization: Customer, path: str, more: Callable[[Customer], object]
) -> None:
    client = browser(organization.owner)
    more(organization)  # of an owner alone, there are no roles by project to ask for
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connections["default"]) as statements:
            client.get(path)
        counts.append(len(statements))
        more(organization)
        more(organization)
    assert counts[0] == counts[1]


def test_every_action_that_is_recorded_has_words() -> None:
    recorded = {
        action
        for folder in ("askorac", "projects", "keys", "knowledge", "conversations")
        for path in (BASE_DIR / folder).rglob("*.py")
        if "tests" not in path.parts
        for action in re.findall(r"action=\"([a-z_]+\.[a-z_]+)\"", path.read_text())
    }
    assert recorded - ACTIONS.keys() == set()
    assert "source.added" in recorded
