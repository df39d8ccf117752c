"""Who is at the other end of a socket: a visitor who is new, one who comes back, or a member."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4, uuid5

from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.core import signing
from django.http import HttpRequest

from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import organizations_of_user
from projects.access import find_access
from projects.models import User
from projects.signing_in.second_factor_rule import is_second_factor_missing

from .incoming import read_uuid
from .models import Channel

MOST_NAME: Final = 200  # characters by which a customer's own program calls a visitor
RESUME_WITHIN: Final = timedelta(days=30)
LEAST_DIGITS: Final = 4  # of the beginning of an id that stands for all that begin so
_WHOLE: Final = 32
_HEX: Final = frozenset("0123456789abcdef")
_SALT: Final = "askorac.conversations.resume"


@dataclass(frozen=True, slots=True)
class Visitor:
    """One person in one conversation. In the playground it is a member, by the user's id."""

    id: UUID
    conversation_id: UUID
    channel: str
    is_new: bool

    def suits(self, member_id: UUID | None) -> bool:
        """Whether this can be who speaks: in the playground that member, elsewhere no member."""
        if self.channel == Channel.PLAYGROUND:
            return self.id == member_id
        return member_id is None


def recognise(
    token: str, *, project_id: UUID, member_id: UUID | None, channel: str = Channel.WIDGET
) -> Visitor:
    """The visitor that a resume token names, or a new one in a new conversation.

    A token is good for its own project and for who got it: another project's, a forged or an old
    one, and a member's in other hands, start anew: a visitor by `channel`.
    """
    visitor = returning(token, project_id=project_id)
    if visitor is not None and visitor.suits(member_id):
        return visitor
    if member_id is None:
        return Visitor(uuid4(), uuid4(), channel, is_new=True)
    return Visitor(member_id, uuid4(), Channel.PLAYGROUND, is_new=True)


def visitor_named(name: str, project_id: UUID) -> UUID:
    """The id of a visitor whom a customer's own program names: a UUID stands for itself."""
    return read_uuid(name) or uuid5(project_id, f"visitor {name}")


def visitors_like(text: str, project_id: UUID, *, is_whole: bool = False) -> tuple[UUID, UUID]:
    """The visitors whose ids begin so; else the one whom a customer's own program names so.

    With `is_whole` no beginning of an id is taken for one.
    """
    digits = text.strip().lower().replace("-", "")
    least = _WHOLE if is_whole else LEAST_DIGITS
    if least <= len(digits) <= _WHOLE and set(digits) <= _HEX:
        return UUID(digits.ljust(_WHOLE, "0")), UUID(digits.ljust(_WHOLE, "f"))
    visitor = visitor_named(text.strip(), project_id)
    return visitor, visitor


def resume_token(visitor: Visitor, *, project_id: UUID) -> str:
    """What lets this visitor come back to this conversation, for thirty days."""
    claim = [str(project_id), str(visitor.id), str(visitor.conversation_id), visitor.channel]
    return signing.dumps(claim, salt=_SALT)


def member_of_session(session_key: str, *, organization_id: UUID, project_id: UUID) -> UUID | None:
    """The user who is logged in under this session and sees the project as a member, or None.

    Nor is it a member who lacks the second factor that the organization requires.
    """
    request = HttpRequest()
    request.session = SessionStore(session_key)
    user = request.user = get_user(request)
    if not isinstance(user, User) or organization_id not in organizations_of_user(user.pk):
        return None
    with tenant(organization_id):
        access = find_access(user)
        if access is None or not access.sees(project_id):
            return None
        is_missing = is_second_factor_missing(request, access.organization)
    return None if is_missing else user.pk


def returning(token: str, *, project_id: UUID) -> Visitor | None:
    """The visitor that a resume token of this project names, while it is good; else None."""
    try:
        project, visitor, conversation, channel = signing.loads(
            token, salt=_SALT, max_age=RESUME_WITHIN
        )
    except signing.BadSignature:
        return None
    if project != str(project_id):
        return None
    return Visitor(UUID(visitor), UUID(conversation), channel, is_new=False)


def session_of(token: str) -> tuple[UUID, UUID] | None:
    """(project, visitor) of a resume token, however old; None if it is none of ours."""
    try:
        project, visitor, _, _ = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError):
        return None
    return UUID(project), UUID(visitor)
