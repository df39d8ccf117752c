"""Asking the database's catalog."""

from typing import Any

from django.db import connections


def rows_of(using: str, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """All rows of a statement."""
    with connections[using].cursor() as cursor:
        cursor.execute(statement, parameters or None)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def one_of(using: str, statement: str, *parameters: Any) -> Any:
    """The first column of the first row, or None."""
    rows = rows_of(using, statement, *parameters)
    return rows[0][0] if rows else None
