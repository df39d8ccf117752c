"""What the audit trail tells of persons is erased, and its chain still holds.

Names, addresses and details are committed to with salts of their own: with both gone, the trail
says that somebody did something to something, when, and no longer who and what it was called.
"""

from collections.abc import Collection
from uuid import UUID

from askorac.tenancy.chain import forget_in_trail


def forget(
    *,
    actor_id: UUID | None = None,
    target_id: UUID | None = None,
    target_ids: Collection[UUID] = (),
) -> int:
    """Forget an actor's name, address and session, and the names and details of targets, in all
    events of the open organization; in how many. Ids stay: they tell nothing by themselves.
    """
    targets = [*target_ids, *([target_id] if target_id else [])]
    return forget_in_trail(actors=[actor_id] if actor_id else [], targets=targets)
