"""What the audit trail tells of persons is erased, and its chain still holds.

Names and details are committed to with salts of their own: with both gone, the trail says that
somebody did something to something, when, and no longer what it was called.
"""

from collections.abc import Collection
from uuid import UUID

from askorac.tenancy.trail_deeds import forget_in_trail


def forget(conversation_ids: Collection[UUID]) -> int:
    """Forget the names and details of conversations that are erased, in all events of the open
    organization; in how many. Ids stay: they tell nothing by themselves. The database writes that
    it was done into the trail, and refuses it for a conversation that is still there.
    """
    return forget_in_trail(conversation_ids)
