"""Who may do what is changed, and an owner stays, whatever happens at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.utils import timezone

from askorac.tenancy.context import tenant
from askorac.testing.pages import new_member
from askorac.testing.people import Customer, new_project
from projects.membership.members import (
    InProject,
    LastOwner,
    NoSuchMember,
    Standing,
    change_member,
    leave_organization,
    remove_member,
    set_project_role,
    transfer_ownership,
)
from projects.models import AuditEvent, Member, ProjectMember, User
from projects.trail.recording import Actor


def membership(customer: Customer, user: User) -> Member | None:
    with tenant(customer.id):
        return Member.objects.filter(user_id=user.pk).first()


def id_of(customer: Customer, user: User) -> UUID:
    found = membership(customer, user)
    assert found is not None
    return found.pk


def change(customer: Customer, user: User, standing: Standing, *, is_owner: bool = True) -> None:
    change_member(
        organization_id=customer.id,
        member_id=id_of(customer, user),
        standing=standing,
        is_owner=is_owner,
        by=customer.actor,
        now=timezone.now(),
    )


def actions(customer: Customer) -> list[str]:
    with tenant(customer.id):
        found = AuditEvent.objects.exclude(action__startswith="organization.created")
        return list(found.order_by("at", "action").values_list("action", flat=True))


def test_member_is_given_another_standing(organization: Customer) -> None:
    project = new_project(organization)
    viewer = new_member(organization, "viewer")
    roles = (InProject(project.pk, "editor", True),)
    change(organization, viewer, Standing("editor", True, True, roles), is_owner=False)
    found = membership(organization, viewer)
    assert found is not None
    assert (found.role, found.reads_conversations, found.is_limited) == ("editor", True, True)
    change(organization, viewer, Standing("admin", True, True), is_owner=False)
    found = membership(organization, viewer)
    assert found is not None
    assert (found.role, found.reads_conversations, found.is_limited) == ("admin", False, False)
    with tenant(organization.id):
        assert not ProjectMember.objects.exists()
    assert actions(organization)[1:] == [
        "member.access_changed",
        "member.project_roles_changed",
        "member.role_changed",
        "member.project_roles_changed",
        "member.role_changed",
    ]


def test_only_owners_make_change_and_remove_owners(organization: Customer) -> None:
    other, viewer = new_member(organization, "owner"), new_member(organization, "viewer")
    for user, role in ((viewer, "owner"), (other, "viewer")):
        with pytest.raises(PermissionDenied):
            change(organization, user, Standing(role), is_owner=False)
    with pytest.raises(PermissionDenied):
        remove_member(
            organization_id=organization.id,
            member_id=id_of(organization, other),
            is_owner=False,
            by=organization.actor,
            now=timezone.now(),
        )
    change(organization, viewer, Standing("owner"))
    change(organization, other, Standing("viewer"))
    assert actions(organization) == ["member.role_changed"] * 2


def test_last_owner_stays(organization: Customer) -> None:
    owner = organization.owner
    leave = partial(
        leave_organization,
        organization_id=organization.id,
        user_id=owner.pk,
        by=organization.actor,
        now=timezone.now(),
    )
    with pytest.raises(LastOwner):
        change(organization, owner, Standing("admin"))
    with pytest.raises(LastOwner):
        leave()
    assert actions(organization) == []
    heir = new_member(organization, "viewer")
    transfer_ownership(
        organization_id=organization.id,
        member_id=id_of(organization, heir),
        user_id=owner.pk,
        by=organization.actor,
        now=timezone.now(),
    )
    leave()
    assert membership(organization, owner) is None
    with pytest.raises(NoSuchMember):
        leave()
    assert set(actions(organization)) == {
        "member.role_changed",
        "organization.transferred",
        "member.left",
    }


def test_of_two_last_owners_who_leave_at_once_one_stays(organization: Customer) -> None:
    """Each sees the other still there, unless the database has them wait for each other."""
    other = new_member(organization, "owner")
    together = Barrier(2)

    def leave(user: User) -> str:
        together.wait(60)
        try:
            leave_organization(
                organization_id=organization.id,
                user_id=user.pk,
                by=Actor(kind="member", id=user.pk, label=user.email),
                now=timezone.now(),
            )
        except LastOwner:
            return "stays"
        finally:
            connections.close_all()
        return "left"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(leave, [organization.owner, other]))
    assert outcomes == ["left", "stays"]
    with tenant(organization.id):
        assert Member.objects.filter(role="owner").count() == 1


def test_role_in_a_project_is_given_and_taken(organization: Customer) -> None:
    project, viewer = new_project(organization), new_member(organization, "viewer")
    give = partial(
        set_project_role,
        organization_id=organization.id,
        member_id=id_of(organization, viewer),
        project_id=project.pk,
        project_name=project.name,
        by=organization.actor,
        now=timezone.now(),
    )
    give(wanted=InProject(project.pk, "editor", True))
    give(wanted=InProject(project.pk, "editor", True))
    with tenant(organization.id):
        assert ProjectMember.objects.get().role == "editor"
    give(wanted=None)
    with tenant(organization.id):
        assert not ProjectMember.objects.exists()
    assert actions(organization)[1:] == ["member.project_role_changed"] * 2
