"""Projects and organizations from birth to deletion, with what the audit trail says of it."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from askorac.jobs.models import Job
from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import organizations_of_user, project_of_public_key
from askorac.tenancy.models import TenantForeignKey, TenantModel
from askorac.testing.people import Customer
from askorac.testing.rows import fill, target_of
from projects.lifecycle import create_project, delete_project, set_allowed_domains
from projects.models import AuditEvent, Member, Organization, Project, Role, User
from projects.signing_in.signup import found_organization


def trail(customer: Customer) -> list[tuple[str, str, str]]:
    with tenant(customer.id):
        events = AuditEvent.objects.order_by("at", "action")
        return [(event.action, event.actor_label, event.target_label.open()) for event in events]


def test_founding_an_organization(organization: Customer) -> None:
    with tenant(organization.id):
        assert Organization.objects.get().name == "Acme"
        member = Member.objects.get()
        assert (member.user_id, member.role) == (organization.owner.pk, Role.OWNER)
    assert trail(organization) == [("organization.created", organization.owner.email, "")]


def test_founding_that_fails_leaves_nothing() -> None:
    def founder() -> User:
        User.objects.create_user("half@way.example", "correct-horse", name="Half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        found_organization(name="Half", founder=founder, now=timezone.now())
    assert not User.objects.filter(email="half@way.example").exists()


def test_project_created_and_opened(organization: Customer) -> None:
    now = timezone.now()
    with tenant(organization.id):
        project = create_project(name="  Help \n desk ", by=organization.actor, now=now)
        set_allowed_domains(
            project=project,
            domains=["Shop.example", "https://shop.example"],
            by=organization.actor,
            now=now,
        )
        kept = Project.objects.get(pk=project.pk)
    assert (kept.name, kept.allowed_domains) == ("Help desk", ["shop.example"])
    email = organization.owner.email
    assert trail(organization)[1:] == [
        ("project.created", email, "Help desk"),
        ("project.domains_changed", email, "Help desk"),
    ]
    assert project_of_public_key(project.public_key) == (organization.id, project.pk)


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "\0"])
def test_project_name_refused(organization: Customer, name: str) -> None:
    with pytest.raises(ValidationError), tenant(organization.id):
        create_project(name=name, by=organization.actor, now=timezone.now())
    assert len(trail(organization)) == 1


def reaches_project(model: type[TenantModel]) -> bool:
    """Whether its rows are a project's, or hang on what is."""
    fields = [f for f in model._meta.concrete_fields if isinstance(f, TenantForeignKey)]
    return model is Project or any(reaches_project(target_of(field)) for field in fields)


def test_project_deleted_with_all_that_is_its_own(organization: Customer) -> None:
    rows = fill(organization)
    project = next(row for model, row in rows.items() if model is Project)
    assert isinstance(project, Project)
    project_id = project.pk
    with tenant(organization.id):
        delete_project(project=project, by=organization.actor, now=timezone.now())
    with tenant(organization.id):
        kept = {model: model.objects.count() for model in rows}
        assert Job.objects.filter(kind="project.clean", target_id=project_id).exists()
    left = {model for model, count in kept.items() if count}
    assert {model.__name__ for model in left if reaches_project(model)} == set()
    assert {AuditEvent, Job, Member, Organization} <= left
    assert project_of_public_key(project.public_key) is None


def test_public_key_taken_over(
    organization: Customer, stranger: Customer, project: Project
) -> None:
    """A second project with the same public key could pose as the first."""
    from django.db import IntegrityError

    with pytest.raises(IntegrityError), tenant(stranger.id):
        Project.objects.create(
            name="Copy", public_key=project.public_key, created_at=timezone.now()
        )


def test_organizations_of_a_user(organization: Customer, stranger: Customer) -> None:
    assert organizations_of_user(organization.owner.pk) == [organization.id]
    assert organizations_of_user(stranger.owner.pk) == [stranger.id]
