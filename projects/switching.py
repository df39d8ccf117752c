"""Which of their organizations a user is in at the moment: the session remembers it, and the next
one begins in the last to which they switched."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from askorac.tenancy.lookups import organizations_of_user
from askorac.tenancy.router import ACCOUNTS

from .models import User

CHOSEN: Final = "organization_id"


@dataclass(frozen=True, slots=True)
class Choice:
    """The organizations of a user, the oldest membership first, and the one they are in; None if
    they belong to none. `is_lost` if the session remembers one to which they belong no more."""

    all: tuple[UUID, ...]
    current: UUID | None
    is_lost: bool = False


def choice_of(request: HttpRequest, user: User) -> Choice:
    """Looked up for every request: what a session remembers is no right to go there."""
    found = tuple(organizations_of_user(user.pk))
    remembered = request.session.get(CHOSEN)
    current = next((each for each in found if str(each) == remembered), None)
    is_lost = remembered is not None and current is None
    return Choice(found, current or next(iter(found), None), is_lost)


def switch_to(request: HttpRequest, organization_id: UUID) -> None:
    """Be in this organization from the next page on, in this session and in those that begin later.

    What another tab still shows of the one before can't be sent any more: it would act here.
    """
    if request.session.get(CHOSEN) != str(organization_id):
        rotate_token(request)
    request.session[CHOSEN] = str(organization_id)
    if isinstance(request.user, User) and request.user.last_organization_id != organization_id:
        request.user.last_organization_id = organization_id
        request.user.save(using=ACCOUNTS, update_fields=["last_organization_id"])


def begin_where_left(request: HttpRequest, user: User) -> None:
    """Be where the user was last, in a session that has just begun. Others stay where they are: a
    form that is open in one of them would act elsewhere."""
    last = user.last_organization_id
    if CHOSEN not in request.session and last in organizations_of_user(user.pk):
        request.session[CHOSEN] = str(last)
