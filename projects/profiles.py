"""What people say about themselves."""

from datetime import datetime
from uuid import UUID

from askorac.tenancy.context import tenant
from askorac.tenancy.router import ACCOUNTS

from .models import User
from .trail.recording import Actor, Target, record
from .wording import usable_line

MOST_NAME = 120


def rename_user(
    *, user: User, name: str, organization_id: UUID | None, by: Actor, now: datetime
) -> None:
    """Give a user another name, written into the trail of the organization that they are in, if
    they are in one.

    Raises ValidationError for an unusable name.
    """
    name = usable_line(name, most=MOST_NAME, missing="Give your name: your colleagues see it.")
    if name == user.name:
        return
    user.name = name
    if organization_id is None:
        user.save(using=ACCOUNTS, update_fields=["name"])
        return
    with tenant(organization_id, using=ACCOUNTS):
        user.save(using=ACCOUNTS, update_fields=["name"])
        target = Target(kind="user", id=user.pk, label=name)
        record(action="user.renamed", target=target, by=by, now=now, using=ACCOUNTS)
