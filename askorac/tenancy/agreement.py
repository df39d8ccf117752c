"""Whether the database believes what this installation signs: one round trip of a context."""

from typing import Any, Final, Protocol
from uuid import uuid4

from .context import SET_CONTEXT, signed
from .signing import SETTING, Context

DISBELIEVED: Final = "The database does not believe what is signed with SECRET_KEY."
REMEDY: Final = (
    "Run bootstrap_sql with this SECRET_KEY, and name the former one in SECRET_KEY_FALLBACKS, or"
    " set SECRET_KEY to what it was. Else the clocks of the two machines differ."
)
# What the database has of the context: the organization, if the signature is good.
_BELIEVED: Final = "SELECT orac.current_organization()"


class Cursor(Protocol):
    """Django's or psycopg's."""

    def execute(self, query: str, params: Any = None, /) -> Any: ...

    def fetchone(self) -> Any: ...


def is_believed(cursor: Cursor, *, role: str) -> bool:
    """Sign a context of an organization that is nobody's, and hear whether it is taken for it.

    The cursor stands in a transaction, and logs in as `role`. Raises what the database raises,
    which is without the function as long as it is not migrated.
    """
    organization_id = uuid4()
    cursor.execute(SET_CONTEXT, [SETTING, signed(Context(organization_id), role=role)])
    cursor.execute(_BELIEVED)
    return bool(cursor.fetchone() == (organization_id,))
