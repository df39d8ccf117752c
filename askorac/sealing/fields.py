"""Columns that are sealed: bytes in the database, closed values in Python."""

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import FieldError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.query_utils import DeferredAttribute

from askorac.tenancy.context import current, require

from .sealed import Sealed

if TYPE_CHECKING:
    _Field = models.Field[Any, Sealed]
else:
    _Field = models.Field  # it takes no parameters at run time


class _ClosedAttribute(DeferredAttribute):
    """Closes what is assigned, and tells what is read whose row it is of."""

    field: "SealedField"

    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        if instance is None:
            return self
        value = super().__get__(instance, cls)
        if isinstance(value, Sealed) and value.row_id is None:
            value.row_id = instance.pk
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = self.field.closed(value)


class SealedField(_Field):
    """A column whose value lies sealed, bound to its organization, its row and itself.

    What is assigned is closed at once, and sealed when the row is saved. The database can only
    tell whether there is anything. With the `purpose` of another column, whose rows have the same
    ids, blobs may move there as they are.
    """

    descriptor_class = _ClosedAttribute

    def __init__(self, *, purpose: str = "", **kwargs: Any) -> None:
        self._purpose = purpose
        kwargs.update(null=True, blank=True, default=None, editable=False)
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for ours in ("null", "blank", "default", "editable"):
            kwargs.pop(ours, None)
        if self._purpose:
            kwargs["purpose"] = self._purpose
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "BinaryField"

    @property
    def purpose(self) -> str:
        """What a blob of this column is bound to, such as `knowledge.chunk.text`."""
        return self._purpose or f"{self.model._meta.label_lower}.{self.attname}"

    def to_bytes(self, value: Any) -> bytes:
        raise NotImplementedError

    def from_bytes(self, plain: bytes) -> Any:
        raise NotImplementedError

    def nothing(self) -> Any:
        """What opens where nothing is stored."""
        raise NotImplementedError

    def closed(self, value: Any) -> Sealed:
        """A value of this column, closed; nothing is stored of an empty one."""
        if isinstance(value, Sealed):
            return value
        if value is None or value == self.nothing():
            return Sealed(self)
        self.to_bytes(value)  # a wrong type is told where it is assigned
        return Sealed(self, waiting=value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed:
        closed: Sealed = getattr(model_instance, self.attname)
        organization_id: UUID = getattr(model_instance, "organization_id")  # noqa: B009 - no root
        sealed = closed.sealed_for(organization_id, model_instance.pk)
        setattr(model_instance, self.attname, sealed)
        return sealed

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> bytes | None:
        if value is None:
            return None
        if not isinstance(value, Sealed):
            raise TypeError(f"{self.purpose} is sealed: save its row, or use sealed_value().")
        return value.blob

    def from_db_value(
        self, value: bytes | memoryview | None, expression: Any, connection: BaseDatabaseWrapper
    ) -> Sealed:
        context = current(connection.alias)
        return Sealed(
            self,
            blob=None if value is None else bytes(value),
            organization_id=context.organization_id if context else None,
        )

    def get_lookup(self, lookup_name: str) -> Any:
        """The database can't compare what is sealed."""
        if lookup_name != "isnull":
            raise FieldError(f"{self.purpose} is sealed: the database can't search or sort by it.")
        return super().get_lookup(lookup_name)


class SealedTextField(SealedField):
    """Text."""

    def to_bytes(self, value: Any) -> bytes:
        if not isinstance(value, str):
            raise TypeError(f"{self.purpose} takes text.")
        return value.encode("utf-8", "surrogatepass")

    def from_bytes(self, plain: bytes) -> str:
        return plain.decode("utf-8", "surrogatepass")

    def nothing(self) -> str:
        return ""


class SealedBytesField(SealedField):
    """Bytes, of no meaning here."""

    def to_bytes(self, value: Any) -> bytes:
        if not isinstance(value, bytes):
            raise TypeError(f"{self.purpose} takes bytes.")
        return value

    def from_bytes(self, plain: bytes) -> bytes:
        return plain

    def nothing(self) -> bytes:
        return b""


class SealedJSONField(SealedField):
    """Lists and objects of what JSON knows; nothing stored opens as None."""

    def to_bytes(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def from_bytes(self, plain: bytes) -> Any:
        return json.loads(plain)

    def nothing(self) -> None:
        return None


def sealed_value(model: type[models.Model], name: str, row_id: UUID, value: Any) -> Sealed:
    """A value for `update()` of one row of the open context, sealed for it."""
    field = model._meta.get_field(name)
    assert isinstance(field, SealedField)
    return field.closed(value).sealed_for(require().organization_id, row_id)


def purpose_of(model: type[models.Model], name: str) -> str:
    """What a column's blobs are bound to, for statements that are written by hand."""
    field = model._meta.get_field(name)
    assert isinstance(field, SealedField)
    return field.purpose
