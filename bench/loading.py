"""Rows by the hundred thousand, copied straight into their tables by a superuser."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import psycopg
from pgvector.psycopg import register_vector
from psycopg import sql
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from django.db.models import Field, Model

_TYPES: Final = """
    SELECT attname, atttypid::int8 FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
"""


@contextmanager
def superuser(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A session that no policy holds and no foreign key slows down."""
    with psycopg.connect(url, autocommit=True) as session:
        register_vector(session)
        session.execute("SET session_replication_role = replica")
        yield session


def copy_rows(
    session: psycopg.Connection[Any], model: type[Model], rows: Iterable[Mapping[str, object]]
) -> None:
    """Copy rows, by attribute name, into the model's table; what they leave out has its default."""
    table = model._meta.db_table
    fields = model._meta.concrete_fields
    types = dict(session.execute(_TYPES, [table]).fetchall())
    columns = [str(field.column) for field in fields]
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table), listed
    )
    names = [field.attname for field in fields]
    defaults = {field.attname: _default(field) for field in fields}
    with session.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([types[column] for column in columns])
        for row in rows:
            given = (row[name] if name in row else defaults[name] for name in names)
            copy.write_row([Jsonb(each) if isinstance(each, dict) else each for each in given])


def _default(field: Field[Any, Any]) -> object:
    """Its own, else nothing; "" where nothing may not stand."""
    return field.get_default() if field.has_default() or field.null else ""


def settle(session: psycopg.Connection[Any], *models: type[Model]) -> None:
    """What autovacuum would do in a minute or two."""
    for model in models:
        session.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(model._meta.db_table)))
