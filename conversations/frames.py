"""The socket's protocol, `orac.v1`: JSON text frames, read with suspicion and written plainly."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import UUID

from django.conf import settings

from .doors import Contact, Door
from .events import Citation, Citations, Failed, Finished, Started
from .feedback import MOST_COMMENT_CHARACTERS, Rating
from .feeds import Piece, Told
from .incoming import Asking, NoQuestion, read_asking, read_page_url, read_text, read_uuid
from .models import RATINGS
from .transcripts import Line

SUBPROTOCOL: Final = "orac.v1"

COMMENT_TOO_LONG: Final = "Comment in at most 1,000 characters."
NOT_UNDERSTOOD: Final = "This message was not understood. Reload the page and ask again."


class BadFrame(Exception):
    """A frame that is not answered.

    `client_id` is that of the question if it had a usable one, `rated` the message if it was
    about one.
    """

    def __init__(
        self,
        sentence: str = NOT_UNDERSTOOD,
        *,
        code: str = "bad_request",
        client_id: UUID | None = None,
        rated: UUID | None = None,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
        self.client_id = client_id
        self.rated = rated


@dataclass(frozen=True, slots=True)
class Hello:
    """A visitor comes, or comes back: `turn` is the question whose answer it saw up to `at`."""

    resume: str
    turn: UUID | None
    at: int
    page_url: str


@dataclass(frozen=True, slots=True)
class Feedback:
    message: UUID
    rating: Rating


@dataclass(frozen=True, slots=True)
class Stop:
    pass


@dataclass(frozen=True, slots=True)
class Ping:
    pass


Frame: TypeAlias = Hello | Asking | Feedback | Stop | Ping


def read_frame(text: str) -> Frame:
    """What a client says; raises BadFrame."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise BadFrame from None
    if not isinstance(said, dict):
        raise BadFrame
    match said.get("type"):
        case "hello":
            return _hello(said)
        case "ask":
            return _ask(said)
        case "feedback":
            return _feedback(said)
        case "stop":
            return Stop()
        case "ping":
            return Ping()
        case _:
            raise BadFrame


def _hello(said: dict[str, Any]) -> Hello:
    at = said.get("at")
    return Hello(
        resume=read_text(said.get("resume")),
        turn=read_uuid(said.get("turn")),
        at=at if type(at) is int and at > 0 else 0,
        page_url=read_page_url(said.get("page_url")),
    )


def _ask(said: dict[str, Any]) -> Asking:
    client_id = read_uuid(said.get("id"))
    if client_id is None or not isinstance(said.get("question"), str):
        raise BadFrame(client_id=client_id)
    try:
        return read_asking(
            question_id=client_id,
            question=said["question"],
            page_url=said.get("page_url"),
            context=said.get("context"),
        )
    except NoQuestion as refused:
        raise BadFrame(refused.sentence, code=refused.code, client_id=client_id) from None


def _feedback(said: dict[str, Any]) -> Feedback:
    message, value = read_uuid(said.get("message")), said.get("value")
    if message is None or (value is not None and (type(value) is not int or value not in RATINGS)):
        raise BadFrame(rated=message)
    comment = read_text(said.get("comment")).strip()
    if len(comment) > MOST_COMMENT_CHARACTERS:
        raise BadFrame(COMMENT_TOO_LONG, code="too_long", rated=message)
    return Feedback(message, Rating(value, comment))


def pong() -> str:
    """The answer to a ping."""
    return _frame("pong")


def rated(feedback: Feedback) -> str:
    """What the visitor thinks is kept."""
    rating = feedback.rating
    return _frame(
        "feedback", message=str(feedback.message), value=rating.value, comment=rating.comment
    )


def ready(
    *,
    conversation_id: UUID,
    resume: str,
    door: Door,
    lines: Sequence[Line],
    closed: Failed | None = None,
) -> str:
    """The answer to a hello: where the visitor is, and what was said there.

    `closed` says why that can't be shown, and nothing be asked, for now.
    """
    why = {"closed": {"code": closed.code, "message": closed.sentence}} if closed else {}
    return _frame(
        "ready",
        conversation=str(conversation_id),
        resume=resume,
        project=door.look.as_told(),
        messages=[_line(line, door.contact) for line in lines],
        **why,
    )


def telling(
    told: Told, *, client_id: UUID, message_id: UUID | None, contact: Contact | None = None
) -> str:
    """What an answer tells, to the one who asked under `client_id`.

    `contact` is what the project offers when there is no answer.
    """
    match told:
        case Started(message_id):
            return _frame("started", id=str(client_id), message=str(message_id))
        case Piece(at, text):
            return _frame("token", id=str(client_id), text=text, at=at, to=at + len(text))
        case Citations(items):
            return _frame(
                "citations", id=str(client_id), items=[citation_of(each) for each in items]
            )
        case Failed():
            return refusing(told, client_id=client_id)
        case Finished():
            return _frame(
                "finished",
                id=str(client_id),
                message=str(message_id),
                text=told.text,
                confidence=told.confidence,
                answered=told.is_answered,
                suggestions=told.suggestions,
                **offer(contact, is_answered=told.is_answered),
            )


def refusing(why: Failed, *, client_id: UUID | None, rated: UUID | None = None) -> str:
    """What did not work; `client_id` is the question's, `rated` the message's that it is about."""
    about = {"id": str(client_id)} if client_id else {}
    about |= {"feedback": str(rated)} if rated else {}
    wait = {} if why.retry_after is None else {"retry_after": why.retry_after}
    return _frame("failed", code=why.code, message=why.sentence, **about, **wait)


def _line(line: Line, contact: Contact | None) -> dict[str, Any]:
    return {
        "id": str(line.id),
        "role": line.speaker,
        "text": line.text,
        "citations": [citation_of(each) for each in line.citations],
        "answered": line.is_answered,
        "rating": line.rating,
        "at": line.at.isoformat(),
        **offer(contact, is_answered=line.is_answered),
    }


def offer(contact: Contact | None, *, is_answered: bool | None) -> dict[str, Any]:
    """The contact that a project offers where there is no answer, if it has one."""
    if contact is None or is_answered is not False:
        return {}
    return {"contact": {"label": contact.label, "url": contact.url}}


def citation_of(citation: Citation) -> dict[str, Any]:
    """A citation as clients are told it, with its whole address."""
    return {
        "n": citation.n,
        "title": citation.title,
        "url": citation.address(settings.PUBLIC_URL),
        "quote": citation.quote,
        "page": citation.page,
    }


def _frame(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, **fields}, separators=(",", ":"))
