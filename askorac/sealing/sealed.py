"""A closed value: it shows nothing until it is opened by an explicit call."""

from typing import Any, Final, NoReturn, Protocol
from uuid import UUID

from . import keyrings


class Form(Protocol):
    """How a column's value becomes bytes and back."""

    @property
    def purpose(self) -> str: ...

    def to_bytes(self, value: Any) -> bytes: ...

    def from_bytes(self, plain: bytes) -> Any: ...

    def nothing(self) -> Any: ...


_UNSET: Final = object()


class Sealed:
    """The value of a sealed column.

    It holds a blob as it came from the database, or a value that waits to be sealed when its row
    is saved. False if nothing is stored; only then does it open without a key, as "".
    """

    __slots__ = ("_blob", "_form", "_waiting", "organization_id", "row_id")

    def __init__(
        self,
        form: Form,
        *,
        blob: bytes | None = None,
        waiting: Any = _UNSET,
        organization_id: UUID | None = None,
        row_id: UUID | None = None,
    ) -> None:
        self._form = form
        self._blob = blob
        self._waiting = waiting
        self.organization_id = organization_id
        self.row_id = row_id

    @property
    def blob(self) -> bytes | None:
        """As it lies in the database; None if nothing is stored."""
        if self._waiting is not _UNSET:
            raise TypeError("This value is sealed when its row is saved; it has not been yet.")
        return self._blob

    def open(self, row_id: UUID | None = None) -> Any:
        """The value itself. `row_id` is for one that was read without its row, as by values_list.

        Raises KeyRevoked, KeysAway or Tampered.
        """
        if self._waiting is not _UNSET:
            return self._waiting
        if self._blob is None:
            return self._form.nothing()
        row = self.row_id or row_id
        if self.organization_id is None or row is None:
            raise TypeError("Say which row this value belongs to: open(row_id=…).")
        ring = keyrings.of(self.organization_id)
        return self._form.from_bytes(ring.open(self._blob, purpose=self._form.purpose, row_id=row))

    def sealed_for(self, organization_id: UUID, row_id: UUID) -> "Sealed":
        """Sealed for a row; itself if it already is that row's. TypeError if it is another's."""
        if self._waiting is _UNSET:
            if self._blob is not None and self.row_id not in (None, row_id):
                raise TypeError("A sealed value belongs to its row; open it to copy it.")
            return self
        ring = keyrings.of(organization_id)
        plain = self._form.to_bytes(self._waiting)
        blob = ring.seal(plain, purpose=self._form.purpose, row_id=row_id)
        return Sealed(self._form, blob=blob, organization_id=organization_id, row_id=row_id)

    def __bool__(self) -> bool:
        return self._waiting is not _UNSET or self._blob is not None

    def __repr__(self) -> str:
        return f"Sealed({self._form.purpose})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A sealed value is not pickled; save its row, or open it.")
