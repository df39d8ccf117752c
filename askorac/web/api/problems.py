"""Errors of the API as `application/problem+json` (RFC 9457): what happened, and what to do.

Nothing in one depends on the address or the time, so that an id of somebody else is answered as
one that does not exist, byte for byte.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from django.core import exceptions as django_errors
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from psycopg.errors import ForeignKeyViolation
from redis import RedisError
from rest_framework import exceptions
from rest_framework.response import Response

from askorac.sealing import KeyRevoked, KeysAway, SealFault
from askorac.web.logs import LogEvent, log

CONTENT_TYPE: Final = "application/problem+json"
DOCS: Final = "/api/v1/docs/"
RETRY_SECONDS: Final = 10

# Of each status the code by which programs tell it, and its title.
KNOWN: Final[Mapping[int, tuple[str, str]]] = {
    400: ("invalid", "The request is not valid"),
    401: ("unauthenticated", "An API key is needed"),
    403: ("forbidden", "This API key may not do that"),
    404: ("not_found", "There is nothing here"),
    405: ("method_not_allowed", "This address does not take that method"),
    406: ("not_acceptable", "The answer can't be given in that format"),
    409: ("conflict", "Something else is in the way"),
    410: ("gone", "This was closed by its owner"),
    413: ("too_large", "The request is too large"),
    415: ("unsupported_media_type", "The request's format is not taken here"),
    423: ("key_revoked", "The key to this content has been taken away"),
    429: ("too_many_requests", "Too many requests"),
    500: ("internal", "Something broke on our side"),
    503: ("unavailable", "This can't be done at the moment"),
}

NOT_FOUND: Final = "Nothing with this address exists, or this API key does not reach it."
TOO_LARGE: Final = "The request's body is larger than what is taken here. Send less at once."
BROKE: Final = "Something broke on our side, and was noted. Nothing was changed; try it again."
AWAY: Final = "A part of the service does not answer. Nothing was changed; try it again shortly."
TAMPERED: Final = (
    "Something that is kept here does not open: it is not what was sealed. That was noted."
)
KEYS_AWAY: Final = "The key service does not answer"
CUT_OFF: Final = "The request ended before its body had arrived."


@dataclass(frozen=True, slots=True)
class Problem:
    """One error. `code` and `title` are finer than those of its status, if there is more to tell;
    `errors` are sentences by field; `retry_after` is in seconds."""

    status: int
    detail: str
    code: str = ""
    title: str = ""
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    retry_after: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_body(self) -> dict[str, Any]:
        """The JSON of it."""
        kind, title = KNOWN[self.status]
        body: dict[str, Any] = {
            "type": f"{DOCS}#problem-{kind}",
            "title": self.title or title,
            "status": self.status,
            "code": self.code or kind,
            "detail": self.detail,
        }
        if self.errors:
            body["errors"] = dict(self.errors)
        if self.retry_after is not None:
            body["retry_after"] = self.retry_after
        return body

    def all_headers(self) -> dict[str, str]:
        """The headers that go with it."""
        again = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return {**self.headers, **again}

    def as_bytes(self) -> bytes:
        """For whoever answers without the framework, with `bare_headers`."""
        return json.dumps(self.as_body()).encode()

    def bare_headers(self) -> dict[str, str]:
        """The headers of an answer without the framework; nobody keeps it."""
        fixed = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}
        return fixed | self.all_headers()

    def as_response(self) -> Response:
        """For a view of the API."""
        return Response(
            self.as_body(),
            status=self.status,
            headers=self.all_headers(),
            content_type=CONTENT_TYPE,
        )


class Refused(exceptions.APIException):
    """Raised by views for what no framework's exception says."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def refuse(
    status: HTTPStatus,
    detail: str,
    *,
    code: str = "",
    title: str = "",
    retry_after: int | None = None,
) -> Refused:
    """An exception that answers with this status, sentence, code and title."""
    return Refused(Problem(int(status), detail, code=code, title=title, retry_after=retry_after))


def answer_problem(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The framework's hook: the answer to whatever a view raised; None for what is broken."""
    problem = problem_of(error)
    return None if problem is None else problem.as_response()


def problem_of(error: Exception) -> Problem | None:
    """What an expected exception says; None for one that nobody expected."""
    match error:
        case Refused():
            return error.problem
        case SealFault():
            return of_sealed(error)
        case exceptions.ValidationError():
            return _invalid(dict(_flat(error.detail)))
        case exceptions.APIException():
            return _of_framework(error)
        case django_errors.ValidationError():
            return _invalid(_by_field(error))
        case Http404() | django_errors.ObjectDoesNotExist():
            return Problem(404, NOT_FOUND)
        case IntegrityError(__cause__=ForeignKeyViolation()):
            return Problem(404, NOT_FOUND)  # what it was for was deleted while it ran
        case django_errors.PermissionDenied():
            return Problem(403, str(error) or KNOWN[403][1])
        case django_errors.RequestDataTooBig():
            return Problem(413, TOO_LARGE)
        case UnreadablePostError():
            return Problem(400, CUT_OFF)
        case django_errors.SuspiciousOperation():
            return Problem(400, KNOWN[400][1])
        case RedisError() | OperationalError() | InterfaceError():
            log(LogEvent.API_AWAY, level=logging.WARNING, broken=error)
            return Problem(503, AWAY, retry_after=RETRY_SECONDS)
    return None


def of_sealed(fault: SealFault) -> Problem:
    """What is said where something sealed does not open; what was tampered with is logged.

    Its own sentence is for who runs the key service: it may name folders, addresses and rights.
    """
    match fault:
        case KeyRevoked():
            return Problem(423, fault.default_sentence)
        case KeysAway():
            log(LogEvent.KEYS_AWAY, level=logging.WARNING, broken=fault)
            return Problem(
                503,
                fault.default_sentence,
                fault.code,
                title=KEYS_AWAY,
                retry_after=RETRY_SECONDS,
            )
    log(LogEvent.SEAL_TAMPERED, level=logging.ERROR, broken=fault)
    return Problem(500, TAMPERED, fault.code)


def _of_framework(error: exceptions.APIException) -> Problem:
    headers: dict[str, str] = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    status = error.status_code if error.status_code in KNOWN else 400
    detail = NOT_FOUND if status == 404 else str(error.detail)
    return Problem(status, detail, headers=headers)


def _invalid(errors: dict[str, list[str]]) -> Problem:
    general = errors.pop("", [])
    sentence = " ".join(general) or "Some of what was sent can't be used: see errors."
    return Problem(400, sentence, errors=errors)


def _by_field(error: django_errors.ValidationError) -> dict[str, list[str]]:
    if not hasattr(error, "error_dict"):
        return {"": list(error.messages)}
    named = error.message_dict
    general = named.pop(django_errors.NON_FIELD_ERRORS, [])
    return {**named, **({"": general} if general else {})}


def _flat(detail: Any, name: str = "") -> Iterator[tuple[str, list[str]]]:
    """Sentences by field, a field inside another as `outer.inner`."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            key = "" if key == "non_field_errors" else str(key)
            yield from _flat(inner, ".".join(part for part in (name, key) if part))
    elif isinstance(detail, list) and all(isinstance(each, str) for each in detail):
        yield name, [str(each) for each in detail]
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            if inner:
                yield from _flat(inner, f"{name}.{number}" if name else str(number))
    else:
        yield name, [str(detail)]
