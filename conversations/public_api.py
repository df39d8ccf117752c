"""The public doors over HTTP: `POST /api/chat`, an answer as it is given, and
`GET /api/widget/config`, what a project looks like.

Who may knock is who may open a socket: a page of an allowed domain, or of ours. A request without
an Origin is none of a page, and is answered if it carries an API key of the project.
"""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4, uuid5

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.timezone import now
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import AuthenticationFailed

from askorac.web.api.problems import Problem, Refused, refuse
from askorac.web.bounds import MOST_FRAME_BYTES
from askorac.web.late import LateResponse
from projects.api_access import ApiAccess, open_api_key

from . import sse
from .asking import NotTaken, as_problem, put_question
from .doors import Door, Ending, NoSuchProject, OriginRefused, Suspended, doors
from .incoming import Asking, NoQuestion, read_asking, read_text, read_uuid
from .models import Channel
from .visitors import MOST_NAME, Visitor, resume_token, returning, visitor_named

CONFIG_SECONDS: Final = 60
PREFLIGHT_SECONDS: Final = 600

NOT_JSON: Final = "Send a JSON object with project_id and message."
NO_SUCH_PROJECT: Final = "No project has this public key. Copy it from the project's install page."
NO_SUCH_CONVERSATION: Final = (
    "This conversation_id is not one of this project's, or it is over. Leave it out to begin anew."
)
ENDING: Final = "This assistant was closed by its owner. It answers nobody any more."
SUSPENDED: Final = "The assistant answers nobody at the moment. What was asked before is kept."
ORIGIN_REFUSED_TITLE: Final = "This origin may not ask"
ORIGIN_REFUSED: Final = (
    "The project does not answer pages of this origin. Name the site on its install page, or send"
    " an API key from a server."
)
NO_METHOD: Final = "This address does not take that method."
TOO_LARGE: Final = "Send at most 64 kB."
NOT_A_UUID: Final = "The id of a question, and an Idempotency-Key, are UUIDs."


@dataclass(frozen=True, slots=True)
class _Knock:
    """Who is at the door: a page by its origin, or a program by what its API key opens."""

    public_key: str
    origin: str
    address: str
    access: ApiAccess | None

    @property
    def counted_address(self) -> str | None:
        """What questions are counted against; a program is known by its key."""
        return self.address if self.access is None else None

    async def open(self) -> Door:
        """Raises Refused."""
        try:
            door = await doors.open(
                self.public_key, origin=self.origin, has_key=self.access is not None
            )
        except Ending:
            raise refuse(HTTPStatus.GONE, ENDING) from None
        except Suspended:
            raise refuse(HTTPStatus.SERVICE_UNAVAILABLE, SUSPENDED, code="unavailable") from None
        except NoSuchProject:
            raise refuse(HTTPStatus.NOT_FOUND, NO_SUCH_PROJECT) from None
        except OriginRefused:
            raise refuse(
                HTTPStatus.FORBIDDEN,
                ORIGIN_REFUSED,
                code="origin_refused",
                title=ORIGIN_REFUSED_TITLE,
            ) from None
        if self.access and not self.access.opens(door.organization_id, door.project_id):
            raise refuse(HTTPStatus.NOT_FOUND, NO_SUCH_PROJECT)
        return door


@dataclass(frozen=True, slots=True)
class _Chat:
    """A question at the door. `conversation` is what it goes on with, or empty.

    `is_repeatable` says that the client named the question, so that it may ask once more.
    """

    knock: _Knock
    asking: Asking
    conversation: str
    visitor: str
    is_repeatable: bool

    def visitor_of(self, door: Door) -> Visitor:
        """Who asks, in which conversation. Raises Refused for one that can't be gone on with."""
        if self.conversation:
            visitor = returning(self.conversation, project_id=door.project_id)
            if visitor is None or not visitor.suits(None):
                raise refuse(HTTPStatus.NOT_FOUND, NO_SUCH_CONVERSATION)
            return visitor
        conversation_id = uuid4()
        if self.is_repeatable:
            # Asked again, it leads to the same conversation, and nobody else's question does.
            sent = f"{self.asking.id}\n{self.visitor}\n{self.asking.question}"
            conversation_id = uuid5(door.project_id, sent)
        visitor_id = visitor_named(self.visitor, door.project_id) if self.visitor else None
        return Visitor(
            visitor_id or uuid5(conversation_id, "visitor"),
            conversation_id,
            Channel.API,
            is_new=True,
        )


@csrf_exempt
def chat(request: HttpRequest) -> HttpResponseBase:
    """Answer a question, as Server-Sent Events."""
    if request.method == "OPTIONS":
        return _preflight("POST")
    try:
        asked = _read_chat(request)
    except Refused as refused:
        return _as_response(refused.problem)
    return LateResponse(partial(_answer, asked))


@csrf_exempt
def widget_config(request: HttpRequest) -> HttpResponseBase:
    """What a visitor is shown of a project before asking."""
    if request.method == "OPTIONS":
        return _preflight("GET")
    try:
        if request.method not in {"GET", "HEAD"}:
            raise refuse(HTTPStatus.METHOD_NOT_ALLOWED, NO_METHOD)
        knock = _knock(request, request.GET.get("id", ""))
    except Refused as refused:
        return _as_response(refused.problem)
    return LateResponse(partial(_describe, knock))


async def _answer(asked: _Chat, response: LateResponse) -> AsyncGenerator[bytes, None]:
    try:
        door = await asked.knock.open()
        _let_read(response, asked.knock.origin)
        visitor = asked.visitor_of(door)
        feed = await put_question(
            asked.asking, visitor=visitor, door=door, address=asked.knock.counted_address
        )
    except Refused as refused:
        yield response.refuse(refused.problem)
        return
    except NotTaken as refused:
        yield response.refuse(as_problem(refused.why))
        return
    response.begin(headers=sse.HEADERS)
    token = resume_token(visitor, project_id=door.project_id)
    yield sse.event("conversation_id", conversation_id=token, id=str(asked.asking.id))
    async with aclosing(sse.telling(feed, contact=door.contact)) as parts:
        async for part in parts:
            yield part


async def _describe(knock: _Knock, response: LateResponse) -> AsyncGenerator[bytes, None]:
    try:
        door = await knock.open()
    except Refused as refused:
        yield response.refuse(refused.problem)
        return
    _let_read(response, knock.origin)
    cached = f"public, max-age={CONFIG_SECONDS}"
    response.begin(headers={"Content-Type": "application/json", "Cache-Control": cached})
    yield json.dumps({"id": knock.public_key, **door.look.as_told()}).encode()


def _read_chat(request: HttpRequest) -> _Chat:
    if request.method != "POST":
        raise refuse(HTTPStatus.METHOD_NOT_ALLOWED, NO_METHOD)
    sent = _read_json(request)
    named = sent.get("id") or request.headers.get("Idempotency-Key")
    question_id = read_uuid(named) if named else uuid4()
    if question_id is None:
        raise refuse(HTTPStatus.BAD_REQUEST, NOT_A_UUID)
    try:
        asking = read_asking(
            question_id=question_id,
            question=sent.get("message"),
            page_url=sent.get("page_url"),
            context=sent.get("context"),
        )
    except NoQuestion as refused:
        raise refuse(HTTPStatus.BAD_REQUEST, refused.sentence, code=refused.code) from None
    return _Chat(
        knock=_knock(request, read_text(sent.get("project_id"))),
        asking=asking,
        conversation=read_text(sent.get("conversation_id")),
        visitor=read_text(sent.get("visitor_id"))[:MOST_NAME].strip(),
        is_repeatable=bool(named),
    )


def _read_json(request: HttpRequest) -> dict[str, Any]:
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_FRAME_BYTES:
        raise refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE)
    try:
        sent = json.loads(request.read(MOST_FRAME_BYTES + 1))
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict):
        raise refuse(HTTPStatus.BAD_REQUEST, NOT_JSON)
    return sent


def _knock(request: HttpRequest, public_key: str) -> _Knock:
    origin = request.headers.get("Origin", "")
    # A browser sends no Origin when a page of ours reads from us, and says so in another way.
    if not origin and request.headers.get("Sec-Fetch-Site") == "same-origin":
        origin = settings.PUBLIC_URL
    access = None
    if authorization := request.headers.get("Authorization", ""):
        scheme, _, key = authorization.strip().partition(" ")
        try:
            access = open_api_key(key.strip() if scheme.lower() == "bearer" else "", now=now())
        except AuthenticationFailed as error:
            raise refuse(HTTPStatus.UNAUTHORIZED, str(error.detail)) from None
    return _Knock(public_key, origin, request.META.get("REMOTE_ADDR", ""), access)


def _preflight(method: str) -> HttpResponse:
    """Any page may ask whether it may ask: which project it means, its request will say."""
    return HttpResponse(
        status=HTTPStatus.NO_CONTENT,
        headers={
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": method,
            "Access-Control-Allow-Headers": "Content-Type, Idempotency-Key",
            "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        },
    )


def _let_read(response: HttpResponseBase, origin: str) -> None:
    """Let pages of this origin read the answer: it is one that the project answers."""
    response.headers["Vary"] = "Origin"
    if origin:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"


def _as_response(problem: Problem) -> HttpResponse:
    return HttpResponse(problem.as_bytes(), status=problem.status, headers=problem.bare_headers())
