"""Which of a customer's keys answer, and what a key that was revoked still holds back.

A revoked key keeps its place until it is released, or until a key is added after it: no other
account takes it, the customer's own neither. Who revokes the key that one project has does not
send that project's questions through the account of the organization by it.
"""

from collections.abc import Iterable, Sequence

from keys.models import ProviderKey


def in_order(rows: Iterable[ProviderKey]) -> list[ProviderKey]:
    """The project's own before the organization's, and older ones first."""
    return sorted(rows, key=lambda row: (row.project_id is None, row.created_at, row.pk))


def in_use(rows: Sequence[ProviderKey]) -> list[ProviderKey]:
    """The keys that may be asked with, of those unreleased ones that are for one project."""
    active = [row for row in in_order(rows) if row.revoked_at is None]
    vacant = [row for row in rows if row.revoked_at is not None]
    return [row for row in active if not any(_is_held_by(each, row) for each in vacant)]


def is_stopped(rows: Sequence[ProviderKey]) -> bool:
    """Whether the key that would answer by default is a revoked one, and none was added since."""
    usable = in_use(rows)
    for row in in_order(rows):
        if row in usable:
            return False
        if row.revoked_at and not any(each.created_at >= row.revoked_at for each in usable):
            return True
    return False


def _is_held_by(gone: ProviderKey, row: ProviderKey) -> bool:
    """Whether a key of the organization would take the place of a project's revoked one."""
    is_wider = gone.project_id is not None and row.project_id is None
    was_there = gone.revoked_at is not None and row.created_at < gone.revoked_at
    return is_wider and was_there and gone.provider == row.provider
