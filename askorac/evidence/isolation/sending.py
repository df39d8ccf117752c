"""What is the other's, named in a body, a query or a form of one's own: told of it is what is told
of what does not exist."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote_plus, urlencode
from uuid import uuid4

from .asking import Answer, Asker
from .attempts import Attempt, held, works
from .doors import Door, made_up, walk
from .samples import OF_API, OF_DASHBOARD, Sample
from .showing import API, Asking, needed_query, subject_of
from .signs import filled, shown

FORM: Final = "application/x-www-form-urlencoded"
REFUSED: Final = 400
INVALID: Final = {400, 422}
Names = Mapping[str, str]


def samples_of(part: str) -> tuple[Sample, ...]:
    """The requests that name something, of the API or of pages."""
    return OF_API if part == API else OF_DASHBOARD


def sample_attempts(sample: Sample, asking: Asking) -> Iterator[Attempt]:
    """The request with what is the other's, compared; and, where it can be, one that succeeds."""
    door = next(door for door in walk() if door.name == sample.door)
    tried = f"{sample.method} with {sample.tried}"
    theirs = _asked(sample, door, asking, asking.one, asking.their_names)
    nothing = _asked(sample, door, asking, asking.one, _nothing())
    found = shown(theirs, asking.signs)
    is_held = theirs.status < 500 and _is_about_it(sample, theirs) and not found
    if sample.is_passing:
        result = f"{theirs.status}, with nothing of the other's in it"
    else:
        result, is_held = _result(theirs, nothing, found), is_held and theirs == nothing
    by = "another organization"
    yield Attempt(asking.part, subject_of(door), by, tried, result, held(is_held))
    if sample.control:
        yield _control(sample, door, asking)


def field_attempts(door: Door, method: str, asking: Asking) -> Iterator[Attempt]:
    """An endpoint that asks for nobody's id, given all of the other's as further fields."""
    theirs = _with_fields(door, method, asking.one, asking.theirs)
    nothing = _with_fields(door, method, asking.one, made_up())
    is_held = theirs == nothing and theirs.status == REFUSED
    tried = f"{method} with ids of the other in fields that it does not ask for"
    result = _result(theirs, nothing, [])
    by = "another organization"
    yield Attempt(asking.part, subject_of(door), by, tried, result, held(is_held))


def _is_about_it(sample: Sample, told: Answer) -> bool:
    """Whether a refusal is one of what was named, and of nothing else that was sent."""
    return told.status not in INVALID or sample.about.encode() in told.body


def _control(sample: Sample, door: Door, asking: Asking) -> Attempt:
    """That the request is a good one, with what is the asker's own."""
    if sample.control == "own":
        done = _asked(sample, door, asking, asking.one, asking.own_names)
        is_good, by = done.status < REFUSED, "the same with what is its own"
    else:
        done = _sent(sample, door, asking.other, asking.theirs, asking.their_names)
        is_good, by = bool(shown(done, asking.signs)) and done.status == 200, "the other itself"
        if sample.door == "api:retention_preview":
            is_good = done.status == 200  # it counts, and names nothing
    tried = f"{sample.method} with {sample.tried}"
    return Attempt(asking.part, subject_of(door), by, tried, str(done.status), works(is_good))


def _asked(sample: Sample, door: Door, asking: Asking, asker: Asker, names: Names) -> Answer:
    own = {f"own_{name}": value for name, value in asking.own_names.items()}
    answer = _sent(sample, door, asker, asking.own, {**names, **own})
    return answer.without(*names.values(), *map(quote_plus, names.values()))


def _sent(sample: Sample, door: Door, asker: Asker, ids: Mapping[str, Any], names: Names) -> Answer:
    quoted = {name: quote_plus(value) for name, value in names.items()}
    query = f"?{filled(sample.query, quoted)}" if sample.query else ""
    body, media_type = _body(sample, asker, names)
    return asker.ask(
        sample.method,
        door.path(ids) + (query or needed_query(door, sample.method)),
        body,
        media_type=media_type,
        reads_streams=sample.door != "api:chat",
    )


def _body(sample: Sample, asker: Asker, names: Names) -> tuple[bytes, str]:
    if asker.api_key:
        text = "" if sample.method == "GET" else json.dumps(sample.body or {})
        return filled(text, names).encode(), "application/json"
    form = {name: filled(value, names) for name, value in (sample.body or {}).items()}
    return urlencode(form).encode(), FORM


def _with_fields(door: Door, method: str, asker: Asker, ids: Mapping[str, Any]) -> Answer:
    body = json.dumps({name: str(each) for name, each in ids.items()}).encode()
    path = door.path({}) + needed_query(door, method)
    return asker.ask(method, path, body).without(*ids.values())


def _nothing() -> dict[str, str]:
    """Names of nothing."""
    email = f"{uuid4()}@isolation-proof.invalid"
    named = {"visitor_id": str(uuid4()), "user_id": str(uuid4()), "email": email, "word": "x" * 38}
    ids = {name: str(each) for name, each in made_up().items()}
    return ids | named | {"name": f"None of them, {uuid4()}", "token": "made-up"}


def _result(theirs: Answer, nothing: Answer, found: list[str]) -> str:
    same = "the same as" if theirs == nothing else "not the same as"
    told = f"{theirs.status}, {same} for what doesn't exist"
    return f"{told}, with {', '.join(found)} of the other's" if found else told
