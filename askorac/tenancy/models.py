"""The base of every row that belongs to an organization."""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from django.db import DEFAULT_DB_ALIAS, models, router

from .context import require
from .isolation import Isolation
from .router import STAFF

M = TypeVar("M", bound=models.Model)


class TenantQuerySet(models.QuerySet[M]):
    """A queryset that refuses to run outside a context: the database alone would say nothing.

    On the staff login there is no context: it sees all organizations, and of them metadata only.
    """

    @property
    def db(self) -> str:
        """The alias that is about to be asked; Django reads it right before each statement."""
        alias = super().db
        if alias != STAFF:
            require(alias)
        return alias


TenantManager = models.Manager.from_queryset(TenantQuerySet)


class TenantModel(models.Model):
    """A row of one organization.

    `organization_id` fills itself from the open context. Its foreign key, and the composite keys
    between tenant tables, are made by the Isolate operation.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization_id = models.UUIDField(editable=False)

    isolation: ClassVar[Isolation] = Isolation()
    # Columns that lie in clear though they could hold text, each with its reason (sealing.clear).
    clear: ClassVar[Mapping[str, str]] = {}

    objects: ClassVar[models.Manager[Self]] = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, **kwargs: Any) -> None:
        """As Django's, inside a context only, for the context's organization."""
        alias = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        context = require(alias)
        if self.organization_id is None:
            self.organization_id = context.organization_id
        super().save(**kwargs)

    def delete(
        self, using: str | None = None, keep_parents: bool = False
    ) -> tuple[int, dict[str, int]]:
        """As Django's, inside a context only; what hangs on the row goes by database cascade."""
        require(using or self._state.db or DEFAULT_DB_ALIAS)
        return super().delete(using=using, keep_parents=keep_parents)


class TenantForeignKey(models.ForeignKey[Any, Any]):
    """A foreign key inside one organization.

    Plain foreign keys bypass policies, so that a row could point at another organization's. The
    database's constraint is (organization_id, this) and cascades; Django only joins.
    """

    def __init__(self, to: Any, **kwargs: Any) -> None:
        kwargs["on_delete"] = models.DO_NOTHING
        kwargs["db_constraint"] = False
        super().__init__(to, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("on_delete", None)
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs
