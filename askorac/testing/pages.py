"""Asking for pages as the people who may, may not and must not see them."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from django.test import Client

if TYPE_CHECKING:
    from projects.models import User

    from .people import Customer

BACKEND = "projects.demo_login.AuthenticationBackend"


def browser(
    user: User | None = None,
    *,
    enforce_csrf_checks: bool = False,
    age: timedelta = timedelta(0),
    method: str = "password",
) -> Client:
    """A client at our own address, logged in as `user` if one is given, so long ago."""
    client = Client(enforce_csrf_checks=enforce_csrf_checks, SERVER_NAME="localhost")
    if user is not None:
        client.force_login(user, backend=BACKEND)
        authenticate(client, user, age=age, method=method)
    return client


def authenticate(client: Client, user: User, *, age: timedelta, method: str) -> None:
    """Record that `user` has given a password, or a second factor (`mfa`), as the login does."""
    session = client.session
    session["account_authentication_methods"] = [
        {"method": method, "at": time.time() - age.total_seconds()}
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def new_member(
    customer: Customer,
    role: str,
    *,
    reads_conversations: bool = False,
    is_limited: bool = False,
) -> User:
    """A fresh user in the customer's organization, with a role."""
    from django.utils import timezone

    from askorac.tenancy.context import tenant
    from askorac.tenancy.router import ACCOUNTS
    from projects.models import Member, User

    with tenant(customer.id, using=ACCOUNTS):
        user = User.objects.create_user(f"{uuid4().hex}@{role}.example", "", name=f"The {role}")
        Member.objects.using(ACCOUNTS).create(
            organization_id=customer.id,
            user=user,
            role=role,
            reads_conversations=reads_conversations,
            is_limited=is_limited,
            created_at=timezone.now(),
        )
    return user


def new_staff(name: str = "Sam") -> User:
    """A fresh member of our own staff."""
    from projects.models import User

    email = f"{uuid4().hex}@askorac.example"
    return User.objects.create_superuser(email, "correct-horse-battery", name=name)


def answers(customer: Customer, stranger: Customer, method: str, path: str) -> dict[str, int]:
    """The status that each kind of person gets; nobody is who has not logged in."""
    people = {
        "owner": customer.owner,
        "viewer": new_member(customer, "viewer"),
        "stranger": stranger.owner,
        "nobody": None,
    }
    return {name: _status(browser(user), method, path) for name, user in people.items()}


def _status(client: Client, method: str, path: str) -> int:
    response = client.generic(method, path)
    if response.streaming:
        response.close()  # nobody reads it, and it holds a file
    return response.status_code
