"""pytest plugin: organizations with an owner, and projects in them, each test's own."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

if TYPE_CHECKING:
    from projects.models import Project, User
    from projects.trail.recording import Actor

PASSWORD = "correct-horse-battery"


@dataclass(frozen=True)
class Customer:
    """An organization and the user who founded it."""

    id: UUID
    owner: "User"
    actor: "Actor"


def new_customer(name: str = "Acme") -> Customer:
    """A fresh organization, committed, with an owner whose password is PASSWORD."""
    from django.utils import timezone

    from askorac.tenancy.lookups import organizations_of_user
    from projects.models import User
    from projects.signing_in.signup import found_organization
    from projects.trail.recording import Actor

    email = f"{uuid4().hex}@{name.lower()}.example"
    owner = found_organization(
        name=name,
        founder=lambda: User.objects.create_user(email, PASSWORD, name=f"Owner of {name}"),
        now=timezone.now(),
    )
    return Customer(
        id=organizations_of_user(owner.pk)[0],
        owner=owner,
        actor=Actor(kind="member", id=owner.pk, label=email),
    )


def new_project(customer: Customer, name: str = "Help desk") -> "Project":
    """A fresh project of a customer, committed."""
    from django.utils import timezone

    from askorac.tenancy.context import tenant
    from projects.lifecycle import create_project

    with tenant(customer.id):
        return create_project(name=name, by=customer.actor, now=timezone.now())


@pytest.fixture
def organization() -> Customer:
    """A fresh organization."""
    return new_customer()


@pytest.fixture
def stranger() -> Customer:
    """Another fresh organization, which must see nothing of the first."""
    return new_customer("Rival")


@pytest.fixture
def project(organization: Customer) -> "Project":
    """A fresh project of `organization`."""
    return new_project(organization)
