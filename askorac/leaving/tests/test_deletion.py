"""Deletion after a grace period: closed at once, taken back, and at the end nothing is left."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import ProgrammingError, connections
from django.urls import reverse
from django.utils import timezone

from askorac.jobs.models import Job
from askorac.jobs.tasks import run_job
from askorac.leaving.ending import RULE
from askorac.sealing import keyrings
from askorac.tenancy import endings
from askorac.tenancy.catalog import tenant_models
from askorac.tenancy.context import tenant
from askorac.tenancy.router import ACCOUNTS
from askorac.testing.pages import browser, new_member
from askorac.testing.people import Customer
from askorac.testing.programs import new_program
from askorac.testing.rows import fill
from conversations.doors import find_door
from keys.layers import installation_service
from keys.services.local import LocalService
from projects.deletion import (
    END_ORGANIZATION,
    END_PROJECT,
    GRACE,
    schedule_organization,
    schedule_project,
    take_back_organization,
    take_back_project,
)
from projects.models import AuditEvent, ErasureReceipt, Organization, Project
from projects.retention.holds import lift_hold, place_hold


def run(customer: Customer, kind: str) -> Job | None:
    """Do the job of this kind, as a worker that was handed it; its row afterwards."""
    with tenant(customer.id):
        job = Job.objects.get(kind=kind)
    run_job(str(customer.id), str(job.pk))
    with tenant(customer.id):
        return Job.objects.filter(pk=job.pk).first()


def pass_by(customer: Customer, project: Project | None = None) -> None:
    """Let the grace period be over."""
    over = timezone.now() - timedelta(seconds=1)
    if project is not None:
        with tenant(customer.id):
            Project.objects.filter(pk=project.pk).update(deletes_at=over)
        return
    with tenant(customer.id, using=ACCOUNTS):
        Organization.objects.using(ACCOUNTS).update(deletes_at=over)


def ask_for_project(customer: Customer, project: Project) -> datetime:
    with tenant(customer.id):
        return schedule_project(project=project, by=customer.actor, now=timezone.now())


def ask_for_all(customer: Customer) -> datetime:
    return schedule_organization(organization_id=customer.id, by=customer.actor, now=timezone.now())


def door_is_closed(project: Project) -> bool:
    door = find_door(project.public_key)
    assert door is not None
    return door.is_ending


def rows_left(organization_id: UUID) -> dict[str, int]:
    """What the database still has of an organization, by table; as its backup reads it."""
    with tenant(organization_id):
        counts = {model.__name__: model.objects.count() for model in tenant_models()}
    return {name: count for name, count in counts.items() if count}


def test_project_is_closed_at_once_and_deleted_after_a_week(
    organization: Customer, project: Project
) -> None:
    when = ask_for_project(organization, project)
    assert abs(when - timezone.now() - GRACE) < timedelta(seconds=10)
    assert door_is_closed(project)
    early = run(organization, END_PROJECT)
    assert early is not None
    assert (early.state, early.attempts) == ("queued", 0)
    pass_by(organization, project)
    with tenant(organization.id):
        held = place_hold(project=None, reason="A suit", by=organization.actor, now=timezone.now())
    waiting = run(organization, END_PROJECT)
    assert waiting is not None
    assert "hold" in waiting.reason
    with tenant(organization.id):
        lift_hold(hold=held, by=organization.actor, now=timezone.now())
    run(organization, END_PROJECT)
    with tenant(organization.id):
        assert ErasureReceipt.objects.get(of_project=project.pk).document["rule"] == RULE
        assert not Project.objects.exists()
        assert Job.objects.filter(kind="project.clean", target_id=project.pk).exists()
        told = AuditEvent.objects.filter(action__startswith="project.del").order_by("at")
        assert list(told.values_list("action", "actor_kind")) == [
            ("project.deletion_asked", "member"),
            ("project.deleted", "system"),
        ]


def test_deletion_of_a_project_is_taken_back(organization: Customer, project: Project) -> None:
    ask_for_project(organization, project)
    with tenant(organization.id):
        now = timezone.now()
        assert take_back_project(project=project, by=organization.actor, now=now)
        assert not take_back_project(project=project, by=organization.actor, now=now)
        assert not Job.objects.filter(kind=END_PROJECT).exists()
    assert not door_is_closed(project)


def test_what_is_being_deleted_is_not_taken_back(organization: Customer, project: Project) -> None:
    ask_for_project(organization, project)
    ask_for_all(organization)
    pass_by(organization, project)
    pass_by(organization)
    with pytest.raises(ValidationError), tenant(organization.id):
        take_back_project(project=project, by=organization.actor, now=timezone.now())
    with pytest.raises(ValidationError):
        take_back_organization(
            organization_id=organization.id, by=organization.actor, now=timezone.now()
        )


def test_nothing_is_taken_back_in_the_last_minute(organization: Customer) -> None:
    """The job that destroys the keys might have read the time already."""
    asked_at = timezone.now() - GRACE + timedelta(seconds=30)
    schedule_organization(organization_id=organization.id, by=organization.actor, now=asked_at)
    with pytest.raises(ValidationError):
        take_back_organization(
            organization_id=organization.id, by=organization.actor, now=timezone.now()
        )


def test_owners_are_told_once_the_time_is_written(
    organization: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is woken at once would find no time else, and tell nobody."""
    times: list[datetime | None] = []

    def woken(organization_id: UUID, job_id: UUID, ahead: int) -> None:
        with tenant(organization_id):
            times.append(Organization.objects.get().deletes_at)

    monkeypatch.setattr("projects.deletion.wake", woken)
    when = ask_for_all(organization)
    assert times == [when]


def test_job_of_a_deletion_that_was_taken_back_does_nothing(
    organization: Customer, project: Project
) -> None:
    ask_for_all(organization)
    pass_by(organization)
    with tenant(organization.id, using=ACCOUNTS):
        Organization.objects.using(ACCOUNTS).update(deletes_at=None)
    run(organization, END_ORGANIZATION)
    assert keyrings.of(organization.id)
    assert not door_is_closed(project)


def test_organization_is_destroyed_with_everything(
    organization: Customer, stranger: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(organization)
    fill(stranger)
    for name in ("here/one", "exports/there/two"):
        default_storage.save(f"{organization.id}/{name}", ContentFile(b"x"))
    default_storage.save(f"{stranger.id}/here/one", ContentFile(b"x"))
    before = rows_left(stranger.id)
    ask_for_all(organization)
    with tenant(organization.id):
        project = Project.objects.get()
    assert door_is_closed(project)
    pass_by(organization)
    mail.outbox = []
    monkeypatch.setattr("django.conf.settings.EMAIL_BACKEND", LOCMEM)
    assert run(organization, END_ORGANIZATION) is None
    assert rows_left(organization.id) == {}
    assert not default_storage.exists(str(organization.id))
    service = installation_service()
    assert isinstance(service, LocalService)
    assert not (service.folder / str(organization.id)).exists()
    letter = mail.outbox[0]
    assert (letter.to, letter.subject) == (
        [organization.owner.email],
        "Your organization “Acme” was deleted",
    )
    name, content, _ = letter.attachments[0]
    document = json.loads(str(content))["document"]
    assert (document["kind"], document["rule"], len(document["keys_destroyed"])) == (
        "organization.deleted",
        "asked for, 7 days before",
        2,
    )
    assert document["counts"]["conversations"] == 1
    assert rows_left(stranger.id) == before
    assert default_storage.exists(f"{stranger.id}/here/one")


LOCMEM = "django.core.mail.backends.locmem.EmailBackend"


def test_organization_ends_by_its_own_time_alone(
    organization: Customer, stranger: Customer
) -> None:
    """The app role can neither end an organization before its time nor say when that is."""
    with tenant(organization.id):
        assert endings.end_organization() is False
    ask_for_all(organization)
    with tenant(organization.id):
        assert endings.end_organization() is False
    pass_by(organization)
    with tenant(organization.id, project_id=organization.id):  # a public door
        assert endings.end_organization() is False
    for statement in (
        "UPDATE projects_organization SET deletes_at = now()",
        "DELETE FROM projects_organization",
        "DELETE FROM projects_auditevent",
    ):
        with pytest.raises(ProgrammingError) as raised, tenant(stranger.id):
            connections["default"].cursor().execute(statement)
        assert isinstance(raised.value.__cause__, psycopg.errors.InsufficientPrivilege)


def test_owners_are_told_of_the_time(
    organization: Customer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.outbox = []
    monkeypatch.setattr("django.conf.settings.EMAIL_BACKEND", LOCMEM)
    new_member(organization, "admin")
    ask_for_project(organization, project)
    when = ask_for_all(organization)
    for kind in ("project.tell_end", "organization.tell_end"):
        run(organization, kind)
    assert [letter.to for letter in mail.outbox] == 2 * [[organization.owner.email]]
    assert f"{when:%Y}" in mail.outbox[1].subject
    assert reverse("leaving:page") in str(mail.outbox[1].body)


def test_members_look_and_take_back_while_it_ends(organization: Customer, project: Project) -> None:
    owner, admin = browser(organization.owner), browser(new_member(organization, "admin"))
    path = reverse("leaving:delete")
    assert admin.post(path, {"name": "Acme"}).status_code == 403
    assert owner.post(path, {"name": "Acne"}).status_code == 422
    answer = owner.post(path, {"name": "Acme"}, follow=True)
    assert answer.redirect_chain == [(reverse("leaving:page"), 302)]
    assert b"This organization will be deleted" in answer.content
    overview = reverse("projects:overview", args=[project.pk])
    assert admin.get(overview).status_code == 200
    assert admin.post(reverse("projects:new"), {"name": "More"}).status_code == 409
    with tenant(organization.id):  # for a hold the deletion waits, so it can be lifted
        held = place_hold(project=None, reason="A suit", by=organization.actor, now=timezone.now())
    answer = owner.post(reverse("projects:lift_hold", args=[held.pk]))
    assert (answer.status_code, answer["Location"]) == (302, reverse("projects:retention"))
    assert admin.post(reverse("leaving:take_back")).status_code == 403
    answer = owner.post(reverse("leaving:take_back"), follow=True)
    assert "“Acme” is kept" in answer.content.decode()
    assert admin.post(reverse("projects:new"), {"name": "More"}).status_code == 302


def test_hold_is_named_and_lifted_while_the_organization_ends(
    organization: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.outbox = []
    monkeypatch.setattr("django.conf.settings.EMAIL_BACKEND", LOCMEM)
    owner, viewer = browser(organization.owner), browser(new_member(organization, "viewer"))
    with tenant(organization.id):
        held = place_hold(project=None, reason="A suit", by=organization.actor, now=timezone.now())
    assert b"A hold stands." in owner.get(reverse("leaving:delete")).content
    answer = owner.post(reverse("leaving:delete"), {"name": "Acme"}, follow=True)
    assert answer.content.count(b"not before the hold that stands is lifted") == 3
    run(organization, "organization.tell_end")
    [letter] = mail.outbox
    assert "will be deleted once its hold is lifted" in letter.subject
    assert "not before the hold that stands is lifted" in str(letter.body)
    assert reverse("projects:retention") in str(letter.body)
    seen = viewer.get(reverse("projects:list")).content
    assert b"not before the hold that stands is lifted" in seen
    assert reverse("projects:retention").encode() not in seen
    lift = reverse("projects:lift_hold", args=[held.pk])
    assert lift in owner.get(reverse("projects:retention")).content.decode()
    assert b"is to be deleted: once no hold stands" in owner.get(lift).content
    answer = owner.post(lift, follow=True)
    assert b"not before the hold" not in answer.content
    assert f'href="{reverse("projects:retention")}" aria-current'.encode() in answer.content


def test_hold_is_named_while_a_project_ends(organization: Customer, project: Project) -> None:
    owner = browser(organization.owner)
    with tenant(organization.id):
        held = place_hold(
            project=project, reason="A suit", by=organization.actor, now=timezone.now()
        )
    ask_for_project(organization, project)
    seen = owner.get(reverse("projects:overview", args=[project.pk])).content.decode()
    assert "not before the hold that stands is lifted" in seen
    assert f"{reverse('projects:retention')}#holds-title" in seen
    assert b"once its hold is lifted" in owner.get(reverse("projects:list")).content
    owner.post(reverse("projects:lift_hold", args=[held.pk]))
    assert b"once its hold is lifted" not in owner.get(reverse("projects:list")).content


def test_what_a_hold_keeps_is_taken_back_after_its_time(
    organization: Customer, project: Project
) -> None:
    with tenant(organization.id):
        place_hold(project=None, reason="A suit", by=organization.actor, now=timezone.now())
    ask_for_project(organization, project)
    pass_by(organization, project)
    with tenant(organization.id):
        assert take_back_project(project=project, by=organization.actor, now=timezone.now())
    ask_for_all(organization)
    pass_by(organization)
    assert take_back_organization(
        organization_id=organization.id, by=organization.actor, now=timezone.now()
    )
    with tenant(organization.id):
        assert Organization.objects.get().deletes_at is None


def test_organization_is_deleted_by_a_key_of_an_owner_alone(organization: Customer) -> None:
    program, owners = new_program(organization, is_owners=False), new_program(organization)
    assert program("DELETE", "organization/?name=Acme").status_code == 403
    assert owners("DELETE", "organization/").status_code == 400
    assert owners("DELETE", "organization/?name=Other").status_code == 400
    answer = owners("DELETE", "organization/?name=Acme")
    assert answer.status_code == 202
    read = program("GET", "organization/").json()
    assert (read["name"], read["deletes_at"]) == ("Acme", answer.json()["deletes_at"])
    refused = program("POST", "projects/", {"name": "More"})
    assert (refused.status_code, refused.json()["code"]) == (409, "to_be_deleted")
    with tenant(organization.id):
        held = place_hold(project=None, reason="A suit", by=organization.actor, now=timezone.now())
    assert program("DELETE", f"retention/holds/{held.pk}/").status_code == 204
    assert owners("POST", "organization/take-back/").json()["deletes_at"] is None
    assert program("POST", "projects/", {"name": "More"}).status_code == 201
