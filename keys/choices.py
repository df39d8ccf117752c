"""What stands for a project: its customer's keys, and the models that were chosen.

It is read at most every few seconds in a process, and anew after a change in it. Keys in it are
closed; they are opened for each use, so that a ring that is gone opens nothing.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connections
from django.db.models import Q

from askorac.sealing.sealed import Sealed
from askorac.tenancy.context import current, in_tenant, tenant
from keys.models import ProjectModels, Provider, ProviderKey
from keys.standing import in_use, is_stopped

FRESH_SECONDS: Final = 3.0
_MOST_KNOWN: Final = 10_000


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A customer's key, closed."""

    id: UUID
    organization_id: UUID
    provider: str
    base_url: str
    model: str
    fingerprint: str
    label: str
    key: Sealed
    is_of_project: bool = False

    @property
    def provider_label(self) -> str:
        """The provider's name for people."""
        return str(Provider(self.provider).label)


@dataclass(frozen=True, slots=True)
class Choice:
    """`keys` may be used, the project's own before the organization's. If it `is_held`, nothing
    of the project leaves through our account; if it `is_stopped`, none of `keys` answers unless its
    model is chosen. The rest is `provider/model`, or empty."""

    keys: tuple[OwnKey, ...] = ()
    is_held: bool = False
    is_stopped: bool = False
    chat: str = ""
    fallback: str = ""
    embedding: str = ""

    def key_for(self, provider: str) -> OwnKey | None:
        """The key that is used at a provider."""
        return next((key for key in self.keys if key.provider == provider), None)


_known: dict[UUID, tuple[Choice, float]] = {}
# For callers whose own context is too narrow to reach what is read here.
_readers = ThreadPoolExecutor(2, thread_name_prefix="choices")


def choice_of(organization_id: UUID, project_id: UUID) -> Choice:
    """What stands for a project, from any context or none. Blocks on the database."""
    if (known := _at_hand(project_id)) is not None:
        return known
    context = current()
    if context is None or context.project_id is None:
        with tenant(organization_id):
            return _read(project_id)
    return _readers.submit(_read_apart, organization_id, project_id).result()


async def choice_ready(organization_id: UUID, project_id: UUID) -> Choice:
    """As `choice_of`, for the event loop."""
    known = _at_hand(project_id)
    return known if known is not None else await in_tenant(organization_id, _read, project_id)


def forget_choices() -> None:
    """Read everything anew before its next use."""
    _known.clear()


def _at_hand(project_id: UUID) -> Choice | None:
    choice, until = _known.get(project_id, (None, 0.0))
    return choice if time.monotonic() < until else None


def _read_apart(organization_id: UUID, project_id: UUID) -> Choice:
    try:
        with tenant(organization_id):
            return _read(project_id)
    finally:
        connections.close_all()


def choices_of(project_ids: Sequence[UUID]) -> dict[UUID, Choice]:
    """What stands for some projects of the open organization. Two statements, however many."""
    of_organization, of_projects = Q(project=None), Q(project_id__in=project_ids)
    keys = list(ProviderKey.objects.filter(of_organization | of_projects, released_at=None))
    wide = [row for row in keys if row.project_id is None]
    narrow: dict[UUID, list[ProviderKey]] = {}
    for row in keys:
        if row.project_id is not None:
            narrow.setdefault(row.project_id, []).append(row)
    rows = ProjectModels.objects.filter(project_id__in=project_ids)
    chosen = {row.project_id: row for row in rows}
    return {pk: _choice([*wide, *narrow.get(pk, ())], chosen.get(pk)) for pk in project_ids}


def _read(project_id: UUID) -> Choice:
    choice = choices_of([project_id])[project_id]
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known[project_id] = choice, time.monotonic() + FRESH_SECONDS
    return choice


def _choice(rows: Sequence[ProviderKey], chosen: ProjectModels | None) -> Choice:
    return Choice(
        keys=tuple(own_of(row) for row in in_use(rows)),
        is_held=bool(rows),
        is_stopped=is_stopped(rows),
        chat=chosen.chat if chosen else "",
        fallback=chosen.fallback if chosen else "",
        embedding=chosen.embedding if chosen else "",
    )


def own_of(row: ProviderKey) -> OwnKey:
    """A key as it is used, closed."""
    return OwnKey(
        id=row.pk,
        organization_id=row.organization_id,
        provider=row.provider,
        base_url=row.base_url,
        model=row.model,
        fingerprint=row.fingerprint,
        label=row.label,
        key=row.key,
        is_of_project=row.project_id is not None,
    )
