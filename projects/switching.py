"""Which of their organizations a user is in at the moment: the session remembers it."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.http import HttpRequest

from askorac.tenancy.lookups import organizations_of_user

from .models import User

CHOSEN: Final = "organization_id"


@dataclass(frozen=True, slots=True)
class Choice:
    """The organizations of a user, the oldest membership first, and the one they are in; None if
    they belong to none."""

    all: tuple[UUID, ...]
    current: UUID | None


def choice_of(request: HttpRequest, user: User) -> Choice:
    """Looked up for every request: what a session remembers is no right to go there."""
    found = tuple(organizations_of_user(user.pk))
    remembered = request.session.get(CHOSEN)
    current = next((each for each in found if str(each) == remembered), None)
    return Choice(found, current or next(iter(found), None))


def switch_to(request: HttpRequest, organization_id: UUID) -> None:
    """Be in this organization from the next page on, in this session."""
    request.session[CHOSEN] = str(organization_id)
