"""The pages and endpoints of retention: rules, previews, holds, receipts, visitors' requests."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from lxml import html

from askorac.signing.signatures import verify
from askorac.tenancy.context import tenant
from askorac.testing.pages import browser
from askorac.testing.people import Customer
from askorac.testing.programs import new_program
from conversations.models import Conversation
from conversations.persons import find_persons
from conversations.removal import delete_conversation
from conversations.tests.conversing import converse, exchange
from conversations.views.persons import NOBODY
from projects.models import AuditEvent, Content, ErasureReceipt, Keep, Project
from projects.retention.rules import Rule, rules_of

RULES = {
    "conversations": "until_deleted",
    "visitors": "until_deleted",
    "uploads": "until_deleted",
    "audit": "until_deleted",
}


@pytest.fixture
def owner(organization: Customer) -> Client:
    return browser(organization.owner)


@pytest.fixture
def said(organization: Customer, project: Project) -> UUID:
    """A conversation of yesterday; its id."""
    with tenant(organization.id):
        conversation_id = converse(project)
        exchange(project, conversation_id, "My name is Quintessa Bell.", "Hello.")
        return conversation_id


def text_of(page: Any) -> str:
    return " ".join(html.fromstring(page.content).text_content().split())


def test_rules_are_previewed_and_then_saved(
    organization: Customer, owner: Client, said: UUID
) -> None:
    address = reverse("projects:confirm_retention")
    wanted = {**RULES, "conversations": "session", "uploads": "days", "uploads_days": "45"}
    seen = text_of(owner.get(address, wanted))
    assert "1 thing would go with it, for good, unless it is touched again before." in seen
    assert "until 15 minutes after the visitor has left" in seen
    with tenant(organization.id):
        assert rules_of()[Content.CONVERSATIONS].rule == Rule()
    answer = owner.post(address, wanted, follow=True)
    assert "Nothing goes within the next 15 minutes." in text_of(answer)
    with tenant(organization.id):
        ruled = rules_of()
    assert ruled[Content.CONVERSATIONS].rule == Rule(Keep.SESSION)
    assert ruled[Content.UPLOADS].rule == Rule(Keep.DAYS, 45)


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"uploads": "days"}, "Give a number of days, from 1 to 36,500."),
        ({"audit": "days", "audit_days": "90"}, "greater than or equal to 365"),
    ],
)
def test_rule_that_can_not_be_is_said_at_its_field(
    owner: Client, wanted: dict[str, str], sentence: str
) -> None:
    answer = owner.get(reverse("projects:confirm_retention"), {**RULES, **wanted})
    assert answer.status_code == 422
    assert sentence in text_of(answer)


def test_project_is_left_to_the_organization_and_given_its_own(
    organization: Customer, owner: Client, project: Project
) -> None:
    page = owner.get(reverse("projects:project_retention", args=[project.pk]))
    assert "As the organization: until it is deleted" in text_of(page)
    address = reverse("projects:confirm_project_retention", args=[project.pk])
    wanted = {"conversations": "90", "visitors": "organization", "uploads": "organization"}
    owner.post(address, wanted)
    with tenant(organization.id):
        assert rules_of(project.pk)[Content.CONVERSATIONS].rule == Rule(Keep.DAYS, 90)
        assert rules_of()[Content.CONVERSATIONS].rule == Rule()
    assert "Help desk has some" in text_of(owner.get(reverse("projects:retention")))


def test_hold_is_placed_and_lifted_on_the_page(organization: Customer, owner: Client) -> None:
    owner.post(reverse("projects:place_hold"), {"project": "", "reason": "Case 17"})
    page = owner.get(reverse("projects:retention"))
    assert "Case 17" in text_of(page)
    [lift] = html.fromstring(page.content).xpath("//a[contains(@href, '/lift/')]/@href")
    assert "Case 17" in text_of(owner.get(lift))
    owner.post(lift)
    assert "No hold stands." in text_of(owner.get(reverse("projects:retention")))
    refused = owner.post(reverse("projects:place_hold"), {"project": "", "reason": "  "})
    assert refused.status_code == 422


def test_receipt_is_listed_and_downloaded(
    organization: Customer, owner: Client, project: Project, said: UUID
) -> None:
    with tenant(organization.id):
        now = timezone.now()
        by = organization.actor
        assert delete_conversation(project=project, conversation_id=said, by=by, now=now)
        receipt = ErasureReceipt.objects.get()
    page = text_of(owner.get(reverse("projects:receipts")))
    assert "A conversation was deleted By hand" in page
    assert ("1 conversation" in page, "2 messages" in page) == (True, True)
    answer = owner.get(reverse("projects:receipt", args=[receipt.pk]))
    document = verify(json.loads(answer.content))
    assert document["conversation_id"] == str(said)


def test_visitor_is_found_given_out_and_erased(
    organization: Customer, owner: Client, project: Project, said: UUID
) -> None:
    with tenant(organization.id):
        visitor = Conversation.objects.get().visitor_id
        converse(project)
    find, key = reverse("conversations:persons"), f"{project.pk}:{visitor}"
    for sought in (str(said), str(visitor), "quintessa bell"):
        found = html.fromstring(owner.post(find, {"sought": sought}).content)
        assert found.xpath("//input[@name='chosen']/@value") == [key]
    assert found.xpath("//input[@name='chosen']/@checked") == ["checked"]  # the only one
    none = owner.post(find, {"sought": "quintessa bell", "then": "erase"})
    told = html.fromstring(none.content)
    assert (none.status_code, told.xpath("//*[@role='alert']//p/text()")) == (422, [NOBODY])
    assert set(told.xpath("//input[@name='sought']/@value")) == {"quintessa bell"}
    assert told.xpath("//input[@name='chosen']/@value") == [key]
    for then in ("erase", "export"):
        chosen = owner.post(find, {"sought": "quintessa bell", "then": then, "chosen": [key]})
        path = reverse(f"conversations:{then}_persons")
        assert chosen["Location"] == f"{path}?chosen={key.replace(':', '%3A')}"
    assert "Nobody found" in text_of(owner.post(find, {"sought": str(uuid4())}))
    erase = f"{reverse('conversations:erase_persons')}?chosen={key}"
    assert "1 conversation with all that was said" in text_of(owner.get(erase))
    page = text_of(owner.post(erase, follow=True))
    assert "A visitor was erased Request" in page
    with tenant(organization.id):
        assert Conversation.objects.exclude(visitor_id=visitor).count() == 1
        assert not Conversation.objects.filter(visitor_id=visitor).exists()
        [event] = AuditEvent.objects.filter(action="visitor.erased")
    assert str(visitor) not in json.dumps([str(event.target_id), event.details.open()])
    assert "There was nothing of it any more." in text_of(owner.post(erase, follow=True))


def test_visitor_of_many_conversations_hides_nobody(
    project: Project, organization: Customer, said: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenant(organization.id):
        visitor = Conversation.objects.get().visitor_id
        for _ in range(3):
            exchange(project, converse(project), "I am Quintessa Bell, too.", "Hello.")
        others = Conversation.objects.exclude(pk=said).order_by("id")
        last = others[2]
        others.exclude(pk=last.pk).update(visitor_id=visitor)
    monkeypatch.setattr("conversations.persons.MOST_FOUND", 2)
    found = find_persons(sought="quintessa bell", projects=[project])
    assert {each.visitor_id for each in found} == {visitor, last.visitor_id}


def test_program_rules_holds_and_erases(
    organization: Customer, project: Project, said: UUID
) -> None:
    api = new_program(organization)
    body = {"conversations": {"keep": "session"}, "uploads": {"keep": "days", "days": 90}}
    seen = api("POST", "retention/preview/", body).json()["results"]
    assert {each["content"]: each["count"] for each in seen} == {"conversations": 1, "uploads": 0}
    changed = api("PATCH", "retention/", body).json()
    assert changed["uploads"] == {"keep": "days", "days": 90, "is_own": False}
    assert changed["next_purge_at"] is not None
    of_project = f"projects/{project.pk}/retention/"
    own = api("PATCH", of_project, {"uploads": {"keep": "until_deleted"}}).json()
    assert own["uploads"] == {"keep": "until_deleted", "days": None, "is_own": True}
    of_one = {"uploads": None, "project_id": str(project.pk)}
    assert api("POST", "retention/preview/", of_one).json()["results"][0]["count"] == 0
    one = new_program(organization, project=project)
    assert one("POST", "retention/preview/", of_one).status_code == 200
    assert one("POST", "retention/preview/", {"uploads": None}).status_code == 403
    both = {"audit": {"keep": "until_deleted", "days": 400}}
    assert api("PATCH", "retention/", both).status_code == 400
    refused = api("PATCH", "retention/", {"audit": {"keep": "days", "days": 30}})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["audit"])
    hold = api("POST", "retention/holds/", {"reason": "Case 17"}).json()
    with tenant(organization.id):
        visitor = str(Conversation.objects.get().visitor_id)
    named = {"visitors": [{"project_id": str(project.pk), "visitor_id": visitor}]}
    held = api("POST", "visitor-requests/erase/", named)
    assert (held.status_code, held.json()["code"]) == (409, "held")
    assert api("DELETE", f"retention/holds/{hold['id']}/").status_code == 204
    assert api("DELETE", f"retention/holds/{hold['id']}/").status_code == 404
    assert api("GET", "retention/holds/").json() == {"results": []}
    [found] = api("POST", "visitor-requests/find/", {"sought": "Quintessa Bell"}).json()["results"]
    assert (found["visitor_id"], found["is_sure"]) == (visitor, False)
    [receipt] = api("POST", "visitor-requests/erase/", named).json()["receipts"]
    assert verify(receipt)["counts"]["messages"] == 2
    assert api("GET", "erasure-receipts/").json()["results"] == [receipt]
    one = f"erasure-receipts/{receipt['document']['id']}/"
    assert api("GET", one).json() == receipt
