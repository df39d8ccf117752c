"""What visitors think of answers: kept once, changeable, and only in their own conversation."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from askorac.tenancy.context import in_tenant
from askorac.testing.sockets import Visitor
from conversations.exchange import NO_HELLO_TO_RATE, NOTHING_TO_RATE
from conversations.frames import COMMENT_TOO_LONG, BadFrame, Feedback, read_frame
from conversations.models import Conversation, Message
from projects.models import Project

from .conftest import QUESTION, Site

ID = "6a204bd8-9f29-4e1b-8d1c-0d3f1c1f3c11"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"message": "7", "value": 1},
        {"message": ID, "value": 2},
        {"message": ID, "value": 0},
        {"message": ID, "value": True},
        {"message": ID, "value": 1.0},
        {"message": ID, "value": "1"},
    ],
)
def test_feedback_that_says_nothing_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(BadFrame) as refused:
        read_frame(json.dumps({"type": "feedback", **fields}))
    assert refused.value.code == "bad_request"


def test_feedback_with_a_book_of_a_comment_is_refused() -> None:
    frame = {"type": "feedback", "message": ID, "value": -1}
    with pytest.raises(BadFrame) as refused:
        read_frame(json.dumps(frame | {"comment": "x" * 1_001}))
    assert (refused.value.code, refused.value.sentence) == ("too_long", COMMENT_TOO_LONG)
    read = read_frame(json.dumps(frame | {"comment": " a\0b "}))
    assert isinstance(read, Feedback)
    assert (read.rating.value, read.rating.comment) == (-1, "ab")


async def asked(visitor: Visitor) -> str:
    """Ask, and listen to the end; the id of the answer."""
    await visitor.ask(QUESTION)
    message: str = (await visitor.answer()).end["message"]
    return message


async def rated(visitor: Visitor, message: str, value: int | None, comment: str = "") -> Any:
    await visitor.say("feedback", message=message, value=value, comment=comment)
    return await visitor.hear()


async def kept(project: Project, conversation: str) -> tuple[Any, ...]:
    """The conversation's rating, and those of its answers in order with their comments."""

    def read() -> tuple[Any, ...]:
        answers = Message.objects.filter(conversation_id=UUID(conversation), speaker="assistant")
        return (
            Conversation.objects.get(pk=UUID(conversation)).rating,
            *((each.rating, each.rating_comment.open()) for each in answers.order_by("at")),
        )

    return await in_tenant(project.organization_id, read)


async def test_feedback_is_kept_changed_and_taken_back(site: Site, shop: Project) -> None:
    async with Visitor.at(site.daphne, shop.public_key) as visitor:
        conversation = (await visitor.hello())["conversation"]
        first, second = await asked(visitor), await asked(visitor)
        answer = await rated(visitor, first, -1, "Too short.")
        assert answer == {
            "type": "feedback",
            "message": first,
            "value": -1,
            "comment": "Too short.",
        }
        await rated(visitor, second, 1, "Good.")
        assert await kept(shop, conversation) == (-1, (-1, "Too short."), (1, "Good."))
        await rated(visitor, first, 1)
        assert await kept(shop, conversation) == (1, (1, ""), (1, "Good."))
        await rated(visitor, first, None)
        await rated(visitor, second, None, "Anything")
        assert await kept(shop, conversation) == (None, (None, ""), (None, ""))
        await rated(visitor, second, -1)
        resume = visitor.ready["resume"]
    async with Visitor.at(site.uvicorn, shop.public_key) as visitor:
        await visitor.hello(resume=resume)
        assert [line["rating"] for line in visitor.ready["messages"]] == [None, None, None, -1]


async def test_feedback_on_what_is_not_ones_own_is_refused(site: Site, shop: Project) -> None:
    async with (
        Visitor.at(site.daphne, shop.public_key) as visitor,
        Visitor.at(site.daphne, shop.public_key) as other,
    ):
        assert (await rated(visitor, ID, 1))["message"] == NO_HELLO_TO_RATE
        await visitor.hello()
        await other.hello()
        answer = await asked(other)
        await asked(visitor)
        resumed = await visitor.hello(resume=visitor.ready["resume"])
        question = resumed["messages"][0]["id"]
        for message in (answer, question, str(uuid4())):
            assert await rated(visitor, message, 1) == {
                "type": "failed",
                "code": "bad_request",
                "message": NOTHING_TO_RATE,
                "feedback": message,
            }
        conversation = resumed["conversation"]
        other_conversation = other.ready["conversation"]
    assert await kept(shop, conversation) == (None, (None, ""))
    assert await kept(shop, other_conversation) == (None, (None, ""))
