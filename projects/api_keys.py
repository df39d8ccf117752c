"""API keys are made, recognised and revoked.

A key is `orac_sk_`, 32 random letters and digits, and 6 that check them, so that a mistyped one is
refused without a question to the database, and one that lies around in a repository is found by
its shape. It is random enough (190 bits) that its plain SHA-256 tells nothing about it.
"""

import hashlib
import secrets
import string
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError

from .models import ApiKey, Project, Rights
from .trail.recording import Actor, Target, record
from .wording import usable_line

PREFIX: Final = "orac_sk_"
MOST_NAME: Final = 80
NO_NAME: Final = "Give the key a name that says which program has it."
USED_EVERY: Final = timedelta(minutes=1)

_ALPHABET: Final = string.digits + string.ascii_letters
_RANDOM_LENGTH: Final = 32
_CHECK_LENGTH: Final = 6


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A new key: the only time that `key` itself is there."""

    row: ApiKey
    key: str = field(repr=False)


def create_api_key(
    *,
    name: str,
    rights: str,
    project: Project | None,
    by: Actor,
    now: datetime,
    is_owners: bool = False,
    made_by: UUID | None = None,
) -> MadeKey:
    """A new key of the organization, or of one project of it. One that is made by an owner is
    an owner's, and may do what only owners may as long as that user is one; `made_by` is the user
    behind a program that makes it.

    Raises ValidationError, with a sentence under `name` or `rights`.
    """
    try:
        name = usable_line(name, most=MOST_NAME, missing=NO_NAME)
    except ValidationError as error:
        raise ValidationError({"name": error.messages}) from None
    if rights not in Rights.values:
        raise ValidationError({"rights": "Choose read or write."})
    key = new_key()
    row = ApiKey.objects.create(
        project=project,
        name=name,
        rights=rights,
        key_sha256=digest_of(key),
        shown=f"{key[: len(PREFIX) + 4]}…{key[-4:]}",
        created_by=by.label,
        made_by=by.id if by.kind == "member" else made_by,
        is_owners=is_owners,
        created_at=now,
    )
    record(
        action="api_key.created",
        target=_target(row),
        by=by,
        now=now,
        rights=rights,
        **({"project": str(project.pk)} if project else {}),
    )
    return MadeKey(row, key)


def count_owners_keys(user_id: UUID) -> int:
    """How many live keys of the open organization do what only owners may because this user is
    one."""
    return ApiKey.objects.filter(is_owners=True, made_by=user_id, revoked_at=None).count()


def revoke_api_key(*, api_key: ApiKey, by: Actor, now: datetime) -> None:
    """Close a key for good, from the next request on; again, nothing happens."""
    revoked = ApiKey.objects.filter(pk=api_key.pk, revoked_at=None).update(revoked_at=now)
    if revoked:
        api_key.revoked_at = now
        record(action="api_key.revoked", target=_target(api_key), by=by, now=now)


def list_api_keys() -> list[ApiKey]:
    """All keys of the organization with their projects, those that open something first."""
    keys = ApiKey.objects.select_related("project").order_by("-created_at", "id")
    return sorted(keys, key=lambda key: key.revoked_at is not None)


def get_api_key(api_key_id: UUID) -> ApiKey | None:
    """The organization's key, or None for any other id."""
    return ApiKey.objects.select_related("project").filter(pk=api_key_id).first()


def note_use(api_key: ApiKey, *, now: datetime) -> None:
    """Write down that a key was used, at most once a minute."""
    if api_key.last_used_at is None or now - api_key.last_used_at >= USED_EVERY:
        ApiKey.objects.filter(pk=api_key.pk).update(last_used_at=now)


def new_key() -> str:
    """A fresh key that nobody has."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))
    return f"{PREFIX}{body}{_check(body)}"


def is_well_formed(key: str) -> bool:
    """Whether this can be a key at all: its shape, and its own check."""
    body = key.removeprefix(PREFIX)
    if len(key) != len(PREFIX) + _RANDOM_LENGTH + _CHECK_LENGTH or body == key:
        return False
    return body[_RANDOM_LENGTH:] == _check(body[:_RANDOM_LENGTH])


def digest_of(key: str) -> bytes:
    """What is kept of a key: its SHA-256."""
    return hashlib.sha256(key.encode()).digest()


def _check(body: str) -> str:
    number = zlib.crc32(body.encode("utf-8", "replace"))
    letters = []
    for _ in range(_CHECK_LENGTH):
        number, place = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[place])
    return "".join(reversed(letters))


def _target(row: ApiKey) -> Target:
    return Target(kind="api_key", id=row.pk, label=row.name)
