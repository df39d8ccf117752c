"""What happens to a user's login, told in the trail of each organization that they belong to."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest

from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from askorac.tenancy.lookups import organizations_of_user
from askorac.tenancy.origins import Origin, coming_from, current_origin
from askorac.tenancy.router import ACCOUNTS
from askorac.web.logs import LogEvent, log

from ..models import Refusal, RefusedSignIn, User
from ..trail.recording import SOMEBODY, Actor, Target, record

# What a person used, in words, by the library's names.
METHODS: Final = {
    "password": "password",
    "totp": "authenticator app",
    "webauthn": "passkey",
    "recovery_codes": "recovery code",
    "code": "code by mail",
    "invitation": "invitation by mail",
    "password_reset": "link by mail",
}
MOST_FILED: Final = 500


def tell(*, user: User, action: str, now: datetime, **details: str) -> None:
    """Record an event such as `user.signed_in` in each organization of the user."""
    by = _member(user)
    for organization_id in organizations_of_user(user.pk):
        keyrings.warm(organization_id)
        with tenant(organization_id):
            target = Target(kind="user", id=user.pk)
            record(action=action, target=target, by=by, now=now, **details)


def tell_refused(request: HttpRequest, *, user: User, reason: str, now: datetime) -> None:
    """Record that the second step was refused, in each organization of the user. Whoever is not in
    a session of theirs has proved to know the password, and not to be them."""
    by = _member(user) if request.user == user else SOMEBODY
    for organization_id in organizations_of_user(user.pk):
        keyrings.warm(organization_id)
        with tenant(organization_id):
            _record_refused(user, reason, by=by, now=now)


def note_refusal(*, user_id: UUID | None, reason: Refusal, now: datetime) -> None:
    """Keep that a sign-in was refused, in the same time for whom we know and whom we don't."""
    RefusedSignIn.objects.create(
        user_id=user_id, address=current_origin().address, reason=reason, at=now
    )


def file_refusals() -> int:
    """Bring refused sign-ins into the trails of who was meant; how many there were.

    May run twice at once. A row goes in the transaction that writes its last event: who is killed
    between two organizations tells the first one again.
    Of an address that nobody has, one line is logged, without the address.
    """
    rows = list(RefusedSignIn.objects.order_by("at", "id")[:MOST_FILED])
    for row in rows:
        with coming_from(Origin(address=row.address)):
            _file(row)
    return len(rows)


def _file(row: RefusedSignIn) -> None:
    user = User.objects.filter(pk=row.user_id).first() if row.user_id else None
    organizations = organizations_of_user(user.pk) if user else []
    if user is None or not organizations:
        log(LogEvent.SIGN_IN_REFUSED, known=0 if user is None else 1)
        row.delete()
        return
    for number, organization_id in enumerate(organizations, 1):
        keyrings.warm(organization_id)
        with tenant(organization_id, using=ACCOUNTS):
            if not _is_mine(row):
                return
            _record_refused(user, row.reason, by=SOMEBODY, now=row.at, using=ACCOUNTS)
            if number == len(organizations):
                row.delete()


def _member(user: User) -> Actor:
    return Actor(kind="member", id=user.pk, label=user.email)


def _is_mine(row: RefusedSignIn) -> bool:
    """Whether no other process has filed it, or is about to."""
    rows = RefusedSignIn.objects.select_for_update(skip_locked=True)
    return bool(rows.filter(pk=row.pk).exists())


def _record_refused(
    user: User, reason: str, *, by: Actor, now: datetime, using: str = DEFAULT_DB_ALIAS
) -> None:
    """The user is who was meant, whoever it was."""
    record(
        action="user.sign_in_refused",
        target=Target(kind="user", id=user.pk, label=user.email),
        by=by,
        now=now,
        using=using,
        reason=reason,
    )
