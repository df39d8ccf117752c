"""Opening an organization's context: `with tenant()`, or in async code `await in_tenant()`."""

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import ParamSpec, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from .origins import coming_from, current_origin
from .signing import LIFETIME_SECONDS, SETTING, Context, sign, signing_key

P = ParamSpec("P")
T = TypeVar("T")

SET_CONTEXT = "SELECT set_config(%s, %s, true)"

_active = threading.local()
_executor = ThreadPoolExecutor(8, thread_name_prefix="tenant")


class TenancyError(RuntimeError):
    """A context was opened or used wrongly: a mistake in the code, never in the input."""


class NoTenant(TenancyError):
    """A tenant's table was queried with no context open."""


class NestedTenant(TenancyError):
    """Another context was opened inside one."""


class TenantInsideTransaction(TenancyError):
    """A context was opened inside a plain transaction, whose earlier statements it can't cover."""


@contextmanager
def tenant(
    organization_id: UUID,
    *,
    project_id: UUID | None = None,
    conversation_id: UUID | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> Iterator[Context]:
    """Open the outermost transaction on `using` and set the signed context inside it.

    The context ends with the transaction, so that nothing reaches the next one, whatever pooler
    stands between. Opening the same context again inside it joins it. The signature holds for
    60 seconds; statements after that see no rows.

    Raises NestedTenant for another context, TenantInsideTransaction inside a plain transaction.
    """
    wanted = Context(organization_id, project_id, conversation_id)
    active = current(using)
    if active is not None:
        if active != wanted:
            raise NestedTenant("Another organization's context is open; close it first.")
        yield active
        return
    if connections[using].in_atomic_block:
        raise TenantInsideTransaction("Open tenant() outermost: it begins the transaction.")
    with transaction.atomic(using=using, durable=True):
        with connections[using].cursor() as cursor:
            cursor.execute(SET_CONTEXT, [SETTING, signed(wanted, role=login_role(using))])
        with holding(wanted, using=using):
            yield wanted


@contextmanager
def holding(context: Context, *, using: str) -> Iterator[None]:
    """Have `current()` say that this context is open on `using`, where the database agrees."""
    _contexts()[using] = context
    try:
        yield
    finally:
        del _contexts()[using]


async def in_tenant(
    organization_id: UUID,
    function: Callable[P, T],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Run `function` in the organization's context: one hop into a thread of a bounded pool."""
    return await in_context(Context(organization_id), function, *args, **kwargs)


async def in_context(
    context: Context, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """As `in_tenant`, in a context that may be narrower than the organization."""

    def within() -> T:
        with tenant(
            context.organization_id,
            project_id=context.project_id,
            conversation_id=context.conversation_id,
        ):
            return function(*args, **kwargs)

    return await in_thread(within)


async def in_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `function` in a thread of the bounded pool with no context open: for the look-ups that
    come before one.

    A context variable of the caller is not carried over: in async code one that was held across
    an `await` leaked to another task. Only where the work comes from goes along, as a value.
    """
    origin = current_origin()

    def hop() -> T:
        try:
            with coming_from(origin):
                return function(*args, **kwargs)
        finally:
            connections.close_all()  # this thread's, back to Django's pools

    return await asyncio.get_running_loop().run_in_executor(
        _executor, contextvars.Context().run, hop
    )


def current(using: str = DEFAULT_DB_ALIAS) -> Context | None:
    """The context that is open in this thread on this alias, or None."""
    return _contexts().get(using)


def require(using: str = DEFAULT_DB_ALIAS) -> Context:
    """The context that is open; raises NoTenant if there is none."""
    context = current(using)
    if context is None:
        raise NoTenant("A tenant's table is queried outside tenant(); open a context first.")
    return context


def signed(context: Context, *, role: str) -> str:
    """A fresh signature for `role`, good for the next 60 seconds."""
    expires_at = int(time.time()) + LIFETIME_SECONDS
    return sign(context, role=role, expires_at=expires_at, key=signing_key_of_installation())


def signing_key_of_installation() -> bytes:
    """What this installation signs contexts with: never told, and never logged."""
    return _key(settings.SECRET_KEY)


def login_role(using: str = DEFAULT_DB_ALIAS) -> str:
    """The database role that an alias logs in as."""
    return str(settings.DATABASES[using]["USER"])


def _contexts() -> dict[str, Context]:
    if not hasattr(_active, "contexts"):
        _active.contexts = {}
    contexts: dict[str, Context] = _active.contexts
    return contexts


@cache
def _key(secret: str) -> bytes:
    return signing_key(secret)
