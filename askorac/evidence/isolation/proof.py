"""The proof: two organizations, everything that one can try on the other, and what came of it."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from psycopg import Connection

from askorac.tenancy.isolation import ACCOUNTS, APP, STAFF

from . import endpoints, rights, sending, sockets, tables
from .attempts import Attempt, Verdict, held
from .contexts import login, logins
from .decoys import Side, two_sides
from .policies import Policy, disagreements, forced, policies

Progress = Callable[[int, int], None]
Step = Callable[[], Iterator[Attempt]]

DECLARED: Final = "Declarations"
NO_STAFF_LOGIN: Final = (
    "Set DATABASE_STAFF_URL: what our staff may do is tried on that login, and some rows come to be"
    " by it alone."
)


class NoStaffLogin(Exception):
    """This process has no staff login."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found: every attempt, and the policies as the catalog has them."""

    at: datetime
    seconds: float
    attempts: tuple[Attempt, ...]
    policies: tuple[Policy, ...]
    tables: dict[str, bool]
    logins: tuple[str, ...]

    @property
    def failed(self) -> list[Attempt]:
        """Breaches, and what proves nothing."""
        failing = {Verdict.BREACH, Verdict.VOID}
        return [each for each in self.attempts if each.verdict in failing]

    @property
    def has_held(self) -> bool:
        return not self.failed

    def counts(self) -> dict[str, int]:
        """How many attempts there were, by their part, in order."""
        parts: dict[str, int] = {}
        for each in self.attempts:
            parts[each.part] = parts.get(each.part, 0) + 1
        return parts

    def as_json(self) -> dict[str, Any]:
        """All of it, in plain values."""
        return {
            "at": self.at.isoformat(),
            "seconds": self.seconds,
            "has_held": self.has_held,
            "logins": list(self.logins),
            "counts": [{"part": part, "count": n} for part, n in self.counts().items()],
            "tables": self.tables,
            "policies": [asdict(each) for each in self.policies],
            "attempts": [asdict(each) for each in self.attempts],
        }


def prove(*, now: datetime, progress: Progress | None = None) -> Proof:
    """Found two organizations, try everything, and remove them.

    `progress` is told how many steps are done, of how many. Raises AnotherRuns, NoStaffLogin, and
    NotRemoved if something of them stays behind.
    """
    if STAFF not in logins():
        raise NoStaffLogin(NO_STAFF_LOGIN)
    began_at = time.monotonic()
    with two_sides(now) as (one, other):
        attempts = [*_declared(), *_tried(one, other, progress)]
    return Proof(
        at=now,
        seconds=round(time.monotonic() - began_at, 1),
        attempts=tuple(attempts),
        policies=tuple(policies()),
        tables=forced(),
        logins=tuple(logins()),
    )


def _tried(one: Side, other: Side, progress: Progress | None) -> Iterator[Attempt]:
    with ExitStack() as stack:
        sessions = {role: stack.enter_context(login(alias)) for role, alias in logins().items()}
        steps = [*_steps_of_tables(sessions, one, other), *_steps_of_doors(one, other)]
        for done, step in enumerate(steps):
            if progress is not None:
                progress(done, len(steps))
            yield from step()
        yield from tables.remaining(sessions[APP], other)


def _steps_of_tables(sessions: Mapping[str, Connection], one: Side, other: Side) -> Iterator[Step]:
    app = sessions[APP]
    for model in tables.models():
        for role in (APP, ACCOUNTS):
            yield partial(tables.table_attempts, sessions[role], role, model, one, other)
        yield partial(tables.key_attempts, app, model, one, other)
        yield partial(rights.door_attempts, app, model, other)
        yield partial(rights.staff_attempts, sessions[STAFF], model, other)
    yield partial(rights.user_attempts, app, one, other)
    yield partial(rights.overstepping, app, one)


def _steps_of_doors(one: Side, other: Side) -> Iterator[Step]:
    for asking in (endpoints.dashboard(one, other), endpoints.api(one, other)):
        for door in endpoints.doors_of(asking.part):
            yield partial(endpoints.door_attempts, door, asking)
        for sample in sending.samples_of(asking.part):
            yield partial(sending.sample_attempts, sample, asking)
    yield endpoints.untried
    yield partial(sockets.socket_attempts, one, other)


def _declared() -> Iterator[Attempt]:
    """The catalog has what the code declares, and nothing besides."""
    found = disagreements()
    told = "as declared" if not found else f"{len(found)} things are otherwise: {found[0]}"
    yield Attempt(DECLARED, "catalog", "anybody", "a look at it", told, held(not found))
