"""A question, from whichever door it came, on its way to its answer."""

from http import HTTPStatus
from math import ceil
from typing import Final
from uuid import uuid4

from django.utils import timezone

from askorac.sealing import KeyRevoked, KeysAway, keyrings
from askorac.web.api.problems import Problem

from . import turns
from .doors import Door
from .events import Failed, failed
from .feeds import Feed
from .incoming import Asking
from .limits import LimitsUnreachable, TooMany, spend_question
from .streaming import NotNow, live_turns
from .visitors import Visitor

RETRY_SECONDS: Final = 5.0
TOO_MANY: Final = "Too many questions in a short time. Ask again in {seconds} seconds."
TOO_MANY_TODAY: Final = "No more questions are answered today. Ask again in {hours} hours."
_LONG_SECONDS: Final = 120

_STATUS: Final = {
    "rate_limited": HTTPStatus.TOO_MANY_REQUESTS,
    KeyRevoked.code: HTTPStatus.LOCKED,
}


class NotTaken(Exception):
    """The question is not answered now; `why` is what its visitor is told."""

    def __init__(self, why: Failed) -> None:
        super().__init__(why.code)
        self.why = why


async def put_question(
    asking: Asking, *, visitor: Visitor, door: Door, address: str | None
) -> Feed:
    """The answer to a question; one that is being answered here already is not counted again.

    `address` is the network address that is limited; None for a program with a key, which is
    limited by that. Raises NotTaken.
    """
    if feed := live_turns.find(visitor.conversation_id, asking.id):
        return feed
    try:
        await keyrings.ready(door.organization_id)
        await spend_question(
            organization_id=door.organization_id,
            project_id=door.project_id,
            visitor_id=visitor.id,
            address=address,
        )
        return live_turns.ask(_question(asking, visitor, door))
    except TooMany as error:
        seconds = ceil(error.retry_after)
        why = Failed("rate_limited", _too_many(seconds), float(seconds))
    except (LimitsUnreachable, NotNow):
        why = failed("unavailable", retry_after=RETRY_SECONDS)
    except KeyRevoked as fault:
        why = failed(fault.code)
    except KeysAway as fault:
        why = failed(fault.code, retry_after=RETRY_SECONDS)
    raise NotTaken(why)


def _too_many(seconds: int) -> str:
    if seconds <= _LONG_SECONDS:
        return TOO_MANY.format(seconds=seconds)
    return TOO_MANY_TODAY.format(hours=ceil(seconds / 3600))


def _question(asking: Asking, visitor: Visitor, door: Door) -> turns.Question:
    return turns.Question(
        key=turns.TurnKey(door.organization_id, door.project_id, visitor.conversation_id, uuid4()),
        client_id=asking.id,
        visitor_id=visitor.id,
        channel=visitor.channel,
        page_url=asking.page_url,
        text=asking.question,
        site_context=asking.context,
        now=timezone.now(),
    )


def as_problem(why: Failed) -> Problem:
    """Why a question has no answer, as HTTP has it."""
    status = _STATUS.get(why.code, HTTPStatus.SERVICE_UNAVAILABLE)
    seconds = None if why.retry_after is None else ceil(why.retry_after)
    return Problem(int(status), why.sentence, code=why.code, retry_after=seconds)
