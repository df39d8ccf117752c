"""Our staff reads content as a person would: asks, is let in, reads, and is shut out again; and
nowhere does anybody become somebody else."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core import mail
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from askorac.environment import BASE_DIR
from askorac.jobs.models import Job
from askorac.jobs.tasks import run_job
from askorac.tenancy.context import tenant
from askorac.tenancy.deeds import TELL, resume_organization, suspend_organization
from askorac.testing.doors import walk
from askorac.testing.pages import browser, new_member, new_staff
from askorac.testing.people import Customer, new_customer, new_project
from askorac.testing.programs import new_program
from conversations.tests.test_views_conversations import QUESTION, new_conversation
from knowledge.models import Document
from knowledge.sources import add_text
from knowledge.tasks import INGEST_SOURCE
from projects.models import AuditEvent, StaffGrant

IN_MEMORY = override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend")
BANNER = "may look at your content"
TEXT = "Parcels come back within thirty days."


class World:
    """A customer with a conversation and a document, and one of our staff."""

    def __init__(self) -> None:
        self.customer = new_customer("Watched")
        self.project = new_project(self.customer)
        now = timezone.now()
        self.conversation = new_conversation(self.customer, self.project, at=now)
        add_text(project=self.project, title="Parcels", text=TEXT, by=self.customer.actor, now=now)
        run(self.customer, INGEST_SOURCE)
        with tenant(self.customer.id):
            self.document = Document.objects.get().pk
        self.staff = new_staff()
        self.client = browser(self.staff, method="mfa")
        self.owner = browser(self.customer.owner)

    def page(self, name: str, *keys: UUID) -> str:
        return reverse(f"admin:{name}", args=[self.customer.id, *keys])

    def pages(self) -> list[str]:
        return [
            self.page("read_conversations", self.project.pk),
            self.page("read_conversation", self.conversation),
            self.page("read_sources", self.project.pk),
            self.page("read_document", self.document),
        ]

    def ask(self, reason: str = "Ticket 12") -> UUID:
        self.client.post(self.page("access"), {"reason": reason, "minutes": "30"})
        with tenant(self.customer.id):
            return StaffGrant.objects.latest("asked_at").pk

    def decide(self, grant_id: UUID, decision: str) -> Any:
        path = reverse("projects:decide_on_staff", args=[grant_id])
        return self.owner.post(path, {"decision": decision}, follow=True)

    def end(self, grant_id: UUID) -> Any:
        return self.owner.post(reverse("projects:end_staff_access", args=[grant_id]), follow=True)


def run(customer: Customer, kind: str) -> None:
    with tenant(customer.id):
        job = Job.objects.filter(kind=kind).latest("created_at")
    run_job(str(customer.id), str(job.pk))


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with IN_MEMORY:
        yield World()


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_staff_reads_when_let_in_and_is_shut_out_again(world: World) -> None:
    mail.outbox = []
    editor = browser(new_member(world.customer, "editor"))
    assert {world.client.get(path).status_code for path in world.pages()} == {302}
    grant_id = world.ask()
    run(world.customer, TELL)
    [letter] = mail.outbox
    assert letter.to == [world.customer.owner.email]
    assert "Ticket 12" in letter.body
    assert "/app/organization/staff-access/" in letter.body
    assert {world.client.get(path).status_code for path in world.pages()} == {302}
    assert "asks to look at your content" in text_of(world.owner.get("/app/"))
    assert "asks to look" not in text_of(editor.get("/app/"))
    assert "may look for 30 minutes" in text_of(world.decide(grant_id, "allow"))
    seen = [text_of(world.client.get(path)) for path in world.pages()]
    assert [
        told in page
        for told, page in zip((QUESTION[:12], QUESTION[:12], "Parcels", TEXT), seen, strict=True)
    ] == [True] * 4
    for member in (world.owner, editor):
        assert BANNER in text_of(member.get("/app/"))
    assert "End access now" in text_of(world.owner.get("/app/"))
    assert "End access now" not in text_of(editor.get("/app/"))
    assert "has ended" in text_of(world.end(grant_id))
    assert BANNER not in text_of(world.owner.get("/app/"))
    assert {world.client.get(path).status_code for path in world.pages()} == {302}
    with tenant(world.customer.id):
        views = AuditEvent.objects.filter(action="staff.viewed").order_by("at")
        told = [(each.target_kind, each.target_id, each.actor_id) for each in views]
    who = world.staff.pk
    assert told == [
        ("conversations", world.project.pk, who),
        ("conversation", world.conversation, who),
        ("sources", world.project.pk, who),
        ("document", world.document, who),
    ]


def test_refused_request_opens_nothing(world: World) -> None:
    grant_id = world.ask("Another")
    assert "was refused" in text_of(world.decide(grant_id, "refuse"))
    assert "nothing to decide" in text_of(world.decide(grant_id, "allow"))
    assert "over already" in text_of(world.end(grant_id))
    assert {world.client.get(path).status_code for path in world.pages()} == {302}


def test_rule_decides_without_being_asked(world: World) -> None:
    page = reverse("projects:staff_access")
    world.owner.post(page, {"rule": "allow"})
    mail.outbox = []
    grant_id = world.ask("At once")
    run(world.customer, TELL)
    assert ["has access to" in letter.subject for letter in mail.outbox] == [True]
    assert world.client.get(world.pages()[1]).status_code == 200
    unknown = [world.page(name, uuid4()) for name in ("read_conversation", "read_document")]
    assert [world.client.get(path).status_code for path in unknown] == [404, 404]
    colleague = browser(new_staff("Kim"), method="mfa")
    assert colleague.get(world.pages()[1]).status_code == 302
    world.owner.post(page, {"rule": "never"})
    assert world.client.get(world.pages()[1]).status_code == 302
    with tenant(world.customer.id):
        assert StaffGrant.objects.get(pk=grant_id).ended_by == world.customer.owner.email
    assert "lets nobody of our staff in" in text_of(
        world.client.post(world.page("access"), {"reason": "x", "minutes": "15"}, follow=True)
    )
    world.owner.post(page, {"rule": "ask"})


def test_content_wants_a_factor_of_just_now(world: World) -> None:
    stale = browser(world.staff, method="mfa", age=timedelta(minutes=16))
    password = browser(world.staff)
    assert stale.get("/admin/").status_code == 200
    assert password.get("/admin/").status_code == 403
    for path in (world.page("access"), *world.pages()):
        assert stale.get(path).status_code == password.get(path).status_code == 403


def test_organization_that_is_not_there(world: World) -> None:
    assert world.client.get(reverse("admin:access", args=[uuid4()])).status_code == 404


def test_nobody_becomes_somebody_else() -> None:
    """Staff log in as themselves: no door and no line of ours logs one person in as another."""
    assert [door.name for door in walk() if re.search("hijack|impersonat", door.name)] == []
    pattern = re.compile(
        r"django.?hijack|impersonat|force_login|contrib\.auth import .*\blogin\b|auth\.login\("
    )
    ours = ("askorac", "projects", "keys", "knowledge", "conversations")
    tests = re.compile(r"/(tests|testing)/")
    found = [
        str(path.relative_to(BASE_DIR))
        for app in ours
        for path in (BASE_DIR / app).rglob("*.py")
        if not tests.search(str(path)) and pattern.search(path.read_text())
    ]
    assert found == []


def test_programs_decide_and_end(world: World) -> None:
    owners, others = (
        new_program(world.customer, is_owners=is_owners) for is_owners in (True, False)
    )
    grant_id = world.ask("By a program")
    path = f"staff-access/grants/{grant_id}"
    assert owners("GET", "staff-access/").json()["rule"] == "ask"
    assert owners("GET", "staff-access/grants/").json()["results"][0]["state"] == "asked"
    refused = [
        others("POST", f"{path}/decide/", {"allow": True}),
        others("PATCH", "staff-access/", {"rule": "allow"}),
    ]
    assert [answer.status_code for answer in refused] == [403, 403]
    assert owners("POST", f"{path}/decide/", {}).status_code == 400
    assert owners("POST", f"{path}/decide/", {"allow": True}).json()["state"] == "live"
    assert owners("POST", f"{path}/decide/", {"allow": True}).json()["code"] == "not_asked"
    assert world.client.get(world.pages()[1]).status_code == 200
    told = owners("GET", f"{path}/").json()
    assert (told["view_count"], told["minutes"], told["staff_name"]) == (1, 30, "Sam")
    assert others("POST", f"{path}/end/").json()["state"] == "ended"
    assert owners("POST", f"{path}/end/").json()["code"] == "not_live"
    assert world.client.get(world.pages()[1]).status_code == 302
    changed = owners("PATCH", "staff-access/", {"rule": "never"})
    assert changed.json()["rule"] == "never"
    owners("PATCH", "staff-access/", {"rule": "ask"})


def test_suspended_organization_ends_access(world: World) -> None:
    grant_id = world.ask("While suspended")
    world.decide(grant_id, "allow")
    told = {"organization_id": world.customer.id, "by": world.staff.pk, "reason": "Unpaid"}
    suspend_organization(**told)
    assert "End access now" in text_of(world.owner.get("/app/"))
    assert "has ended" in text_of(world.end(grant_id))
    resume_organization(**told)
