"""Helping the planner, whose estimates the policies crush."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections

_SORTING = "SELECT set_config('enable_sort', %s, true)"
_NESTING = "SELECT set_config('enable_nestloop', %s, true)"


@contextmanager
def by_index(using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Read a list in the order of its index while the block runs, in the open context.

    Under a policy the planner expects a row or two, thinks a sort to be free, and reads all rows
    of the organization for a page of fifty: 60 ms of 50,000, against 1 ms by the index.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(_SORTING, ["off"])
        yield
        cursor.execute(_SORTING, ["on"])


@contextmanager
def by_hash(using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Join many rows with many by hashing while the block runs, in the open context.

    Where a row or two are expected, all rows are gone through for each: 10,000 sources that have
    the words that were typed took two minutes, against 50 ms.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(_NESTING, ["off"])
        yield
        cursor.execute(_NESTING, ["on"])
