"""Which of their organizations a user is in at the moment: the session remembers it."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from askorac.tenancy.lookups import organizations_of_user

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
    """Be in this organization from the next page on, in this session.

    What another tab still shows of the one before can't be sent any more: it would act here.
    """
    if request.session.get(CHOSEN) != str(organization_id):
        rotate_token(request)
    request.session[CHOSEN] = str(organization_id)
