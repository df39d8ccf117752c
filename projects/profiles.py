"""What people say about themselves."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError

from askorac.tenancy.context import tenant
from askorac.tenancy.router import ACCOUNTS

from .audit import Actor, Target, record
from .models import User

MOST_NAME = 120


def rename_user(*, user: User, name: str, organization_id: UUID, by: Actor, now: datetime) -> None:
    """Give a user another name, written into the trail of the organization that they are in.

    Raises ValidationError for an unusable name.
    """
    name = " ".join(name.replace("\0", "").split())
    if not name:
        raise ValidationError("Give your name: your colleagues see it.")
    if len(name) > MOST_NAME:
        raise ValidationError(f"Use at most {MOST_NAME} characters for your name.")
    if name == user.name:
        return
    with tenant(organization_id, using=ACCOUNTS):
        user.name = name
        user.save(using=ACCOUNTS, update_fields=["name"])
        target = Target(kind="user", id=user.pk, label=name)
        record(action="user.renamed", target=target, by=by, now=now, using=ACCOUNTS)
