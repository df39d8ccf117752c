"""What the trail's page says of an event: on what, and where that can be seen."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.urls import reverse
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.testing.pages import browser, new_member
from askorac.testing.people import Customer
from conversations.models import Conversation
from conversations.reads import note_read
from conversations.tests.conversing import converse
from projects.api_keys import create_api_key
from projects.models import Member, Project
from projects.rights import Right
from projects.trail import uses
from projects.trail.places import find_places
from projects.trail.recording import SYSTEM, Target, record
from projects.trail.searching import Wanted, read_trail
from projects.trail.telling import Event

TRAIL = reverse("projects:trail")


def told(customer: Customer, action: str, **wanted: Any) -> Event:
    """The only event of its kind, for who may see everything."""
    with tenant(customer.id):
        page = read_trail(wanted=Wanted(action=action, **wanted), may=lambda *_: True)
    (event,) = page.events
    return event


def write(customer: Customer, action: str, target: Target, **details: Any) -> None:
    with tenant(customer.id):
        record(action=action, target=target, by=customer.actor, now=timezone.now(), **details)


def test_conversation_that_was_read_is_named_and_leads_to_itself(
    organization: Customer, project: Project
) -> None:
    with tenant(organization.id):
        read, other = converse(project), converse(project)
        for each in (read, other):
            note_read(
                project=project, conversation_id=each, by=organization.actor, now=timezone.now()
            )
    page = browser(organization.owner).get(TRAIL).content.decode()
    for each in (read, other):
        address = reverse("conversations:read", args=[project.pk, each])
        assert f'<a href="{address}"><span class="num">{str(each)[:8]}</span></a>' in page
        assert f'href="{TRAIL}?target_id={each}"' in page
    overview = reverse("projects:overview", args=[project.pk])
    assert page.count(f'Project: <a href="{overview}" dir="auto">Help desk</a>') == 2
    narrowed = browser(organization.owner).get(TRAIL, {"target_id": str(read)}).content.decode()
    assert (str(read)[:8] in narrowed, str(other)[:8] in narrowed) == (True, False)
    with tenant(organization.id):
        Conversation.objects.filter(pk=read).delete()
    event = told(organization, "conversation.read", target_id=read)
    assert (event.short_id, event.target_address) == (str(read)[:8], "")


def test_what_is_gone_with_its_project_is_still_told_apart(organization: Customer) -> None:
    gone, project_id = uuid4(), uuid4()
    write(organization, "conversation.read", Target("conversation", gone), project=str(project_id))
    event = told(organization, "conversation.read")
    (detail,) = event.details
    assert (event.target, event.short_id, event.target_address) == ("", str(gone)[:8], "")
    assert (detail.value, detail.address) == (f"{str(project_id)[:8]}, which is gone", "")


def test_uses_of_a_key_are_told_by_its_name_with_times(organization: Customer) -> None:
    now = timezone.now()
    with tenant(organization.id):
        made = create_api_key(
            name="Nightly", rights="read", project=None, by=organization.actor, now=now
        )
    uses.count(
        organization_id=organization.id,
        kind="api_key",
        key_id=made.row.pk,
        project_id=None,
        now=now - timedelta(hours=2),
    )
    uses.flush()
    uses.write_hours(now=now)
    event = told(organization, "api_key.used")
    assert (event.actor, event.words, event.target) == (
        "AskOrac",
        "counted uses of the API key",
        "Nightly",
    )
    assert event.target_address == reverse("projects:api_keys")
    hour = uses.hour_of(now - timedelta(hours=2))
    assert {each.name: each.at for each in event.details} == {
        "how many": None,
        "since": hour,
        "until": hour + timedelta(hours=1),
    }


def test_target_without_a_name_of_its_own_takes_the_one_it_has_now(organization: Customer) -> None:
    member = new_member(organization, "viewer")
    write(organization, "user.signed_out", Target("user", member.pk))
    with tenant(organization.id):
        row = Member.objects.get(user_id=member.pk)
    event = told(organization, "user.signed_out")
    assert event.target == member.email
    assert event.target_address == reverse("projects:member", args=[row.pk])


def test_address_is_for_who_may_see_it(organization: Customer, project: Project) -> None:
    def may(project_id: UUID | None, right: Right) -> bool:
        return (project_id, right) == (project.pk, "project.view")

    with tenant(organization.id):
        found = find_places([project.pk, conversation := converse(project)], may=may)
    assert found[project.pk].address == reverse("projects:overview", args=[project.pk])
    assert (found[conversation].kind, found[conversation].address) == ("conversation", "")


def test_nothing_of_another_organization_is_found(stranger: Customer, project: Project) -> None:
    write(stranger, "project.renamed", Target("project", project.pk))
    event = told(stranger, "project.renamed")
    assert (event.target, event.target_address) == ("", "")


def test_refusal_is_a_sentence_and_a_search_that_was_none_is_not_told(
    organization: Customer,
) -> None:
    about = Target("organization", organization.id)
    for method, words in (
        ("GET", "was refused “Encryption”, which needs the right to manage encryption"),
        ("POST", "was refused a change by “Encryption”, which needs the right to manage"),
    ):
        asked = {"right": "encryption.manage", "page": "keys:encryption", "method": method}
        write(organization, "access.refused", about, **asked)
        page = browser(organization.owner).get(TRAIL).content.decode()
        assert words in page
        assert ("keys:encryption" in page, "encryption.manage" in page) == (False, False)
    write(organization, "conversations.listed", about, count=2, is_search=False)
    write(organization, "audit_trail.exported", about, kind="csv", is_whole=False)
    assert [each.name for each in told(organization, "conversations.listed").details] == [
        "how many"
    ]
    assert ("all of it", "no") in [
        (each.name, each.value) for each in told(organization, "audit_trail.exported").details
    ]


def test_system_is_called_by_its_name_alone(organization: Customer) -> None:
    with tenant(organization.id):
        about = Target("organization", organization.id)
        record(action="retention.purged", target=about, by=SYSTEM, now=timezone.now())
    page = browser(organization.owner).get(TRAIL).content.decode()
    assert "AskOrac</strong> purged" in page
    assert '<span class="tag">System</span>' not in page
