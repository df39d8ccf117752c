"""What an address shows to whom it belongs, and that nothing of the other's is in it: lists,
exports and pages, asked for with no id or with ids of one's own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from .asking import Answer, Asker
from .attempts import Attempt, Verdict, held, works
from .doors import Door
from .signs import shown

DASHBOARD: Final = "Dashboard"
API: Final = "API"
FOUND: Final = {200, 204, 302}
NAMELESS: Final = "not tried: what it shows of the other itself names nothing of it either"


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks whom: `one` with ids of its own, and the `other`, who finds them. `signs` are what
    gives the other away in an answer; `names` all that can name something of each."""

    part: str
    one: Asker
    other: Asker
    own: Mapping[str, UUID]
    theirs: Mapping[str, UUID]
    own_names: Mapping[str, str]
    their_names: Mapping[str, str]
    signs: frozenset[bytes]


def shown_attempts(door: Door, asking: Asking) -> Iterator[Attempt]:
    """The other finds what is there, and what `one` is shown of its own has nothing of it."""
    theirs = _read(door, asking.other, asking.theirs)
    is_there = theirs.status in FOUND or (theirs.status == 405 and asking.part == DASHBOARD)
    yield Attempt(
        asking.part,
        subject_of(door),
        "the other itself",
        "GET",
        str(theirs.status),
        works(is_there),
    )
    if theirs.status == 200:
        yield _of_own(door, asking, is_telling=bool(shown(theirs, asking.signs)))


def subject_of(door: Door) -> str:
    """The address as a proof names it."""
    return f"/{door.route}"


def needed_query(door: Door, method: str) -> str:
    """A query with all parameters that an endpoint has to have."""
    kind: Any = getattr(door.view_class, "queries", {}).get(method)
    needed = [name for name, field in kind().fields.items() if field.required] if kind else []
    return f"?{urlencode(dict.fromkeys(needed, 'x'))}" if needed else ""


def _of_own(door: Door, asking: Asking, *, is_telling: bool) -> Attempt:
    tried = "GET of its own" if door.parameters else "GET of all that is there for it"
    seen = _read(door, asking.one, asking.own)
    found = shown(seen, asking.signs)
    result = f"{seen.status}, with nothing of the other's in it"
    if found:
        result = f"{seen.status}, with {', '.join(found)} of the other's"
    elif not is_telling:
        result = NAMELESS
    verdict = held(not found) if found or is_telling else Verdict.UNTRIED
    return Attempt(asking.part, subject_of(door), "another organization", tried, result, verdict)


def _read(door: Door, asker: Asker, ids: Mapping[str, UUID]) -> Answer:
    return asker.ask("GET", door.path(ids) + needed_query(door, "GET"), reads_streams=True)
