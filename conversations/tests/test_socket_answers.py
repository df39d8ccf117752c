"""From a question on a socket to its cited answer, and to the record of it."""

from uuid import UUID

from askorac.tenancy.context import in_tenant
from askorac.testing.sockets import Visitor, Web
from conversations.models import Message
from projects.models import Project

from .conftest import ANSWER, QUESTION


def messages(conversation: str) -> list[tuple[str, str, bool | None]]:
    said = Message.objects.filter(conversation_id=UUID(conversation)).order_by("at", "-speaker")
    return list(said.values_list("speaker", "text", "is_answered"))


async def test_question_is_answered_cited_and_recorded(web: Web, shop: Project) -> None:
    async with Visitor.at(web, shop.public_key) as visitor:
        ready = await visitor.hello(page_url="https://shop.example/parcels?x=1")
        client_id = await visitor.ask(QUESTION)
        heard = await visitor.answer()
    assert heard.started == {"type": "started", "id": client_id, "message": heard.end["message"]}
    assert heard.text == ANSWER
    assert heard.end == {
        "type": "finished",
        "id": client_id,
        "message": heard.started["message"],
        "text": ANSWER,
        "confidence": heard.end["confidence"],
        "answered": True,
        "suggestions": [],
    }
    [citation] = heard.citations
    assert (citation["n"], citation["title"], citation["page"]) == (1, "Parcels", None)
    said = await in_tenant(shop.organization_id, messages, ready["conversation"])
    assert said == [("visitor", QUESTION, None), ("assistant", ANSWER, True)]
