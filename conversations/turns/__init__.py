"""The turn as a row: begun once, held under a lease while it streams, ended exactly once."""

from .pool import close_pool, open_pool
from .records import (
    FIRST_FENCE,
    INTERRUPTED,
    STOPPED,
    Begun,
    Ending,
    Question,
    Record,
    TurnKey,
    failed_ending,
    finished_ending,
)
from .rows import LeaseLost, begin, close_lapsed, finish, read, read_unfinished, renew

__all__ = [
    "FIRST_FENCE",
    "INTERRUPTED",
    "STOPPED",
    "Begun",
    "Ending",
    "LeaseLost",
    "Question",
    "Record",
    "TurnKey",
    "begin",
    "close_lapsed",
    "close_pool",
    "failed_ending",
    "finish",
    "finished_ending",
    "open_pool",
    "read",
    "read_unfinished",
    "renew",
]
