"""Provider keys: added once they are checked, told apart, replaced and revoked; never read out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q

from askorac.sealing import keyrings
from askorac.tenancy.context import require, tenant
from keys.choices import forget_choices
from keys.entering import CheckedKey, NewKey, checked, label_of
from keys.models import ProviderKey
from keys.own_accounts import fingerprint_of
from projects.models import Project
from projects.trail.places import PlaceKind
from projects.trail.recording import Actor, Target, record

TWICE: Final = "There is a key for this provider already. Replace that one, or revoke it first."
USED_EVERY: Final = timedelta(minutes=1)
# Of a shorter key the last four characters would tell too much.
_SHORTEST_SHOWN: Final = 16
PLACE: Final = PlaceKind(
    ProviderKey.objects.all, "keys.manage", "keys:provider_keys", (), label="label"
)


def add_provider_key(
    *, organization_id: UUID, project_id: UUID | None, new: NewKey, by: Actor, now: datetime
) -> ProviderKey:
    """Check a key at its provider and keep it, for the organization or for one project of it.

    Call it with no context open. Raises ValidationError with a sentence under the field that is
    wrong, and ProviderFault if the provider can't say now.
    """
    with tenant(organization_id):
        _require_project(project_id)  # before the provider is asked
    kept = checked(new)
    keyrings.of(organization_id)  # so that no transaction waits for it
    try:
        with tenant(organization_id):
            _require_project(project_id)
            row = ProviderKey(project_id=project_id, provider=new.provider, created_at=now)
            _set(row, kept, by=by, now=now)
            _record("provider_key.added", row, by=by, now=now)
    except IntegrityError:
        raise ValidationError({"provider": TWICE}) from None
    return row


def _require_project(project_id: UUID | None) -> None:
    if project_id and not Project.objects.filter(pk=project_id).exists():
        raise ValidationError({"project_id": "There is no such project."})


def replace_provider_key(
    *, organization_id: UUID, key_id: UUID, new: NewKey, by: Actor, now: datetime
) -> ProviderKey:
    """Put another key, once it is checked, in the place of one; its id stays.

    With another address comes another key: the old one is never sent there. Raises as
    `add_provider_key`, and ProviderKey.DoesNotExist.
    """
    kept = checked(new)
    keyrings.of(organization_id)
    with tenant(organization_id):
        active = ProviderKey.objects.select_for_update(of=("self",))
        row = active.get(pk=key_id, revoked_at=None, provider=new.provider)
        _set(row, kept, by=by, now=now)
        _record("provider_key.replaced", row, by=by, now=now)
    return row


def label_provider_key(*, row: ProviderKey, label: str, by: Actor, now: datetime) -> None:
    """Give a key another label. Raises ValidationError."""
    label = label_of(label)
    if label != row.label:
        ProviderKey.objects.filter(pk=row.pk).update(label=label)
        row.label = label
        _record("provider_key.labelled", row, by=by, now=now)


def revoke_provider_key(*, row: ProviderKey, by: Actor, now: datetime) -> None:
    """Destroy what is sealed, and keep the row; again, nothing happens.

    What it answered for is asked of no account of ours until `release_provider_key`.
    """
    revoked = ProviderKey.objects.filter(pk=row.pk, revoked_at=None)
    if revoked.update(revoked_at=now, key=None):
        row.refresh_from_db()
        _record("provider_key.revoked", row, by=by, now=now)


def release_provider_key(*, row: ProviderKey, by: Actor, now: datetime) -> None:
    """Let other accounts answer again in the place of a revoked key: theirs, else ours."""
    waiting = ProviderKey.objects.filter(pk=row.pk, released_at=None).exclude(revoked_at=None)
    if waiting.update(released_at=now):
        row.released_at = now
        _record("provider_key.released", row, by=by, now=now)


def list_provider_keys() -> Sequence[ProviderKey]:
    """All keys of the organization with their projects, those in use first."""
    rows = ProviderKey.objects.select_related("project").order_by("-created_at", "id")
    return sorted(rows, key=lambda row: row.revoked_at is not None)


def get_provider_key(key_id: UUID) -> ProviderKey | None:
    """The organization's key, or None for any other id."""
    return ProviderKey.objects.select_related("project").filter(pk=key_id).first()


def note_use(key_ids: Sequence[UUID], *, now: datetime) -> None:
    """Write down that keys were used, at most once a minute."""
    due = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_EVERY)
    ProviderKey.objects.filter(due, pk__in=key_ids).update(last_used_at=now)


def _set(row: ProviderKey, kept: CheckedKey, *, by: Actor, now: datetime) -> None:
    shown = len(kept.key) >= _SHORTEST_SHOWN
    row.label, row.base_url, row.model = kept.label, kept.base_url, kept.model
    row.key, row.last_four = kept.key, kept.key[-4:] if shown else ""
    row.set_by, row.set_at = by.label, now
    row.last_used_at = None
    row.fingerprint = fingerprint_of(
        require().organization_id, row.provider, row.base_url, kept.key
    )
    row.save()


def _record(action: str, row: ProviderKey, *, by: Actor, now: datetime) -> None:
    project = {"project": str(row.project_id)} if row.project_id else {}
    target = Target(kind="provider_key", id=row.pk, label=row.label)
    record(action=action, target=target, by=by, now=now, kind=row.provider, **project)
    transaction.on_commit(forget_choices)
