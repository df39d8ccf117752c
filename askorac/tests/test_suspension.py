"""A suspended organization: its members may look, nobody is answered, and its work waits."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.db import ProgrammingError, connections
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from askorac.jobs.leases import enqueue
from askorac.jobs.models import Job, State
from askorac.jobs.registry import register
from askorac.jobs.tasks import run_job
from askorac.tenancy.context import tenant
from askorac.tenancy.deeds import resume_organization, retry_job, suspend_organization
from askorac.tenancy.lookups import due_work, is_suspended
from askorac.testing.pages import browser, new_member
from askorac.testing.people import Customer, new_project
from projects.models import AuditEvent, Organization, Project, User
from projects.organizations import rename_organization

KIND = "test.counts"


@pytest.fixture(scope="module")
def staff() -> User:
    email = f"{uuid4().hex}@askorac.example"
    return User.objects.create_superuser(email, "correct-horse-battery", name="Sam")


@pytest.fixture
def done() -> Iterator[list[str]]:
    """The targets that a job has worked on."""
    targets: list[str] = []
    register(KIND, lambda lease: targets.append(str(lease.target_id)))
    yield targets


def suspend(customer: Customer, staff: User) -> None:
    assert suspend_organization(organization_id=customer.id, by=staff.pk, reason="Not paid")


def resume(customer: Customer, staff: User) -> None:
    assert resume_organization(organization_id=customer.id, by=staff.pk, reason="Paid")


def not_woken(organization_id: UUID, job_id: UUID, ahead: int) -> None:
    """Nobody hears of the job; the test does it."""


def queue_job(customer: Customer) -> Job:
    with tenant(customer.id):
        return enqueue(kind=KIND, target_id=uuid4(), now=timezone.now(), wake=not_woken)


def state_of(customer: Customer, job: Job) -> tuple[str, int]:
    with tenant(customer.id):
        found = Job.objects.get(pk=job.pk)
    return found.state, found.attempts


def test_suspending_is_written_into_the_organizations_own_trail(
    organization: Customer, staff: User
) -> None:
    suspend(organization, staff)
    resume(organization, staff)
    with tenant(organization.id):
        assert not is_suspended()
        events = AuditEvent.objects.filter(target_kind="organization").order_by("at")
        told = [(each.action, each.actor_kind, each.actor_id, each.remarks) for each in events]
    assert told[1:] == [
        ("organization.suspended", "staff", staff.pk, {"reason": "Not paid"}),
        ("organization.resumed", "staff", staff.pk, {"reason": "Paid"}),
    ]


def test_suspending_twice_changes_nothing(organization: Customer, staff: User) -> None:
    suspend(organization, staff)
    again = suspend_organization(organization_id=organization.id, by=staff.pk, reason="Again")
    with tenant(organization.id):
        assert (again, is_suspended()) == (False, True)
        assert AuditEvent.objects.filter(action="organization.suspended").count() == 1


def test_staff_actions_by_somebody_who_is_not_of_the_staff(
    organization: Customer, staff: User
) -> None:
    former = User.objects.create_superuser(f"{uuid4().hex}@x.example", "", name="Gone")
    former.is_active = False
    former.save()
    job = queue_job(organization)
    for actor in (organization.owner.pk, former.pk, uuid4()):
        with pytest.raises(PermissionDenied):
            suspend_organization(organization_id=organization.id, by=actor, reason="x")
        with pytest.raises(PermissionDenied):
            resume_organization(organization_id=organization.id, by=actor, reason="x")
        with pytest.raises(PermissionDenied):
            retry_job(organization_id=organization.id, job_id=job.pk, by=actor, reason="x")
    with tenant(organization.id):
        assert not is_suspended()


@pytest.mark.parametrize("alias", ["default", "accounts"])
def test_suspension_can_not_be_lifted_by_the_organizations_own_logins(
    organization: Customer, staff: User, alias: str
) -> None:
    suspend(organization, staff)
    call = "SELECT orac.resume_organization(%s, %s, 'x')"
    for statement, parameters in (
        ("UPDATE projects_organization SET suspended_at = NULL", []),
        (call, [organization.id, staff.pk]),
    ):
        with pytest.raises(ProgrammingError) as raised, tenant(organization.id, using=alias):
            connections[alias].cursor().execute(statement, parameters)
        assert isinstance(raised.value.__cause__, psycopg.errors.InsufficientPrivilege)
    with tenant(organization.id):
        assert is_suspended()


def test_organization_is_renamed_by_the_accounts_login_alone(organization: Customer) -> None:
    rename_organization(
        organization_id=organization.id,
        seen="Acme",
        name="Acme Trains",
        by=organization.actor,
        now=timezone.now(),
    )
    with tenant(organization.id):
        assert Organization.objects.get().name == "Acme Trains"
    with pytest.raises(ProgrammingError) as raised, tenant(organization.id):
        Organization.objects.update(name="Other")
    assert isinstance(raised.value.__cause__, psycopg.errors.InsufficientPrivilege)


def test_suspension_is_seen_from_a_narrowed_context(
    organization: Customer, stranger: Customer, staff: User, project: Project
) -> None:
    suspend(organization, staff)
    with tenant(organization.id, project_id=project.pk):
        assert (is_suspended(), Organization.objects.count()) == (True, 0)
    with tenant(stranger.id):
        assert not is_suspended()


def test_work_waits_and_is_done_after(organization: Customer, staff: User, done: list[str]) -> None:
    job = queue_job(organization)
    with tenant(organization.id):
        Job.objects.update(due_at=timezone.now())
    suspend(organization, staff)
    run_job(str(organization.id), str(job.pk))  # the wake-up that was already under way
    assert (state_of(organization, job), done) == (("queued", 0), [])
    assert (organization.id, job.pk) not in due_work(10_000)
    resume(organization, staff)
    assert (organization.id, job.pk) in due_work(10_000)
    run_job(str(organization.id), str(job.pk))
    assert (state_of(organization, job), done) == (("ready", 1), [str(job.target_id)])


def test_failed_work_is_queued_again_by_the_staff(
    organization: Customer, staff: User, done: list[str]
) -> None:
    job = queue_job(organization)
    with tenant(organization.id):
        Job.objects.update(state=State.FAILED, reason="It broke", attempts=5)
    again = {"organization_id": organization.id, "job_id": job.pk, "by": staff.pk}
    assert retry_job(**again, reason="The provider is back")
    assert not retry_job(**again, reason="Twice")
    run_job(str(organization.id), str(job.pk))
    assert (state_of(organization, job), done) == (("ready", 1), [str(job.target_id)])
    with tenant(organization.id):
        event = AuditEvent.objects.get(action="job.retried")
    assert event.remarks == {"kind": KIND, "reason": "The provider is back"}
    assert (event.target_id, event.actor_id) == (job.pk, staff.pk)


@override_settings(SUPPORT_EMAIL="help@askorac.example")
def test_members_may_look_and_change_nothing(
    organization: Customer, project: Project, staff: User
) -> None:
    client = browser(organization.owner)
    suspend(organization, staff)
    page = client.get(reverse("projects:list"))
    assert (page.status_code, "help@askorac.example" in page.content.decode()) == (200, True)
    changes = [
        (reverse("projects:new"), {"name": "Another"}),
        (reverse("projects:delete", args=[project.pk]), {"name": project.name}),
        (reverse("projects:rename_organization"), {"name": "Free", "seen": "Acme"}),
        (reverse("projects:settings", args=[project.pk]), {"group": "general", "name": "X"}),
        (reverse("knowledge:text", args=[project.pk]), {"title": "a", "text": "b"}),
        (reverse("conversations:domains", args=[project.pk]), {"domains": "a.example"}),
    ]
    for path, fields in changes:
        answer = client.post(path, fields)
        assert (answer.status_code, "is suspended" in answer.content.decode()) == (403, True), path
    with tenant(organization.id):
        kept = Project.objects.get()
    assert (kept.name, kept.allowed_domains) == ("Help desk", [])
    resume(organization, staff)
    client.post(reverse("projects:new"), {"name": "Another"})
    assert "is suspended" not in client.get(reverse("projects:list")).content.decode()
    with tenant(organization.id):
        assert Project.objects.count() == 2


def test_viewers_are_told_as_well_and_others_are_not(
    organization: Customer, stranger: Customer, staff: User
) -> None:
    new_project(stranger)
    suspend(organization, staff)
    path = reverse("projects:list")
    viewer = new_member(organization, "viewer")
    told = [b"is suspended" in browser(user).get(path).content for user in (viewer, stranger.owner)]
    assert told == [True, False]
