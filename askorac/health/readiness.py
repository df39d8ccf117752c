"""Whether this installation can do its work now, part by part."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db.migrations.loader import MigrationLoader
from redis import RedisError

from askorac.jobs.heartbeat import silent_for
from askorac.tenancy.agreement import is_believed
from askorac.tenancy.context import login_role

from .sessions import session

FRESH_SECONDS: Final = 2.0
# Connecting and one statement, two seconds each.
LONGEST_SECONDS: Final = 4.5
LONGEST_SILENCE_SECONDS: Final = 30.0

UNREACHABLE: Final = "unreachable"
STORES: Final = ("database", "migrations", "signature")


@dataclass(frozen=True, slots=True)
class Part:
    """One part: whether it works, and how it is, in a word and perhaps a number."""

    is_ready: bool
    state: str
    number: float | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """All parts by name."""

    parts: dict[str, Part]

    @property
    def is_ready(self) -> bool:
        return all(part.is_ready for part in self.parts.values())


@dataclass(slots=True)
class Watch:
    """Looks at most every two seconds, however often it is asked; each look is bounded in time."""

    _last: Readiness | None = None
    _until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self) -> Readiness:
        """How it is now, or was a moment ago."""
        with self._lock:
            if self._last is None or time.monotonic() >= self._until:
                self._last = look()
                self._until = time.monotonic() + FRESH_SECONDS
            return self._last


watch = Watch()


def look() -> Readiness:
    """Ask the database and Redis side by side, and say what is known after 4.5 seconds at most."""
    asked = {"stores": _executor().submit(_stores), "queue": _executor().submit(_queue)}
    until = time.monotonic() + LONGEST_SECONDS
    stores = _answer(asked["stores"], until, STORES)
    return Readiness(stores | _answer(asked["queue"], until, ("redis", "worker")))


def missing_migrations(connection: psycopg.Connection) -> int:
    """How many migrations of this code the database has not seen. Raises psycopg.Error."""
    rows = connection.execute("SELECT app, name FROM django_migrations")
    return len(_migrations_of_the_code() - {(app, name) for app, name in rows})


def is_signature_believed(connection: psycopg.Connection) -> bool:
    """Whether the database of the app's login takes what SECRET_KEY signs. Raises psycopg.Error."""
    try:
        with connection.transaction(), connection.cursor() as cursor:
            return is_believed(cursor, role=login_role())
    except (psycopg.errors.UndefinedFunction, psycopg.errors.InvalidSchemaName):
        return False


def _stores() -> dict[str, Part]:
    try:
        with session(settings.DATABASES[DEFAULT_DB_ALIAS]) as connection:
            missing = missing_migrations(connection)
            is_ours = is_signature_believed(connection)
    except psycopg.Error:
        return _unreachable(*STORES)
    state = "applied" if not missing else "missing"
    return {
        "database": Part(True, "reachable"),
        "migrations": Part(not missing, state, missing or None),
        "signature": Part(is_ours, "believed" if is_ours else "refused: run bootstrap_sql"),
    }


def _queue() -> dict[str, Part]:
    try:
        silence = silent_for()
    except RedisError:
        return _unreachable("redis", "worker")
    if silence is None:
        worker = Part(False, "never heard")
    else:
        is_alive = silence <= LONGEST_SILENCE_SECONDS
        worker = Part(is_alive, "working" if is_alive else "silent", round(silence, 1))
    return {"redis": Part(True, "reachable"), "worker": worker}


def _answer(
    asked: "Future[dict[str, Part]]", until: float, names: tuple[str, ...]
) -> dict[str, Part]:
    try:
        return asked.result(timeout=max(0.0, until - time.monotonic()))
    except TooLate:
        return _unreachable(*names)


def _unreachable(*names: str) -> dict[str, Part]:
    return {name: Part(False, UNREACHABLE) for name in names}


@cache
def _executor() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(4, thread_name_prefix="health")


@cache
def _migrations_of_the_code() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
