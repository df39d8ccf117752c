"""From a question on a socket to its cited answer, and to the record of it."""

import asyncio
from uuid import UUID

from askorac.tenancy.context import in_tenant
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.openai_wire import Behaviour, Fault
from askorac.testing.sockets import Visitor, Web
from conversations.models import Message, Turn
from projects.models import Project

from .conftest import ANSWER, QUESTION, Site

SLOW = Behaviour(text=ANSWER, token_seconds=0.1)
WORDS_BEFORE = 5


def half_said() -> Behaviour:
    """An answer that waits in its middle, to be stopped there."""
    return Behaviour(text=ANSWER, stops_at=WORDS_BEFORE)


def said(conversation: str) -> list[tuple[str, str, bool | None]]:
    messages = Message.objects.filter(conversation_id=UUID(conversation))
    return [
        (each.speaker, each.text.open(), each.is_answered)
        for each in messages.order_by("at", "-speaker")
    ]


def state(client_id: str) -> tuple[str, str]:
    turn = Turn.objects.get(client_id=UUID(client_id))
    return turn.state, turn.code


async def asked(provider: OpenAIServer) -> list[str]:
    return await asyncio.to_thread(provider.outcomes, "/completions")


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
    assert sorted(citation) == ["n", "page", "quote", "title", "url"]
    assert (citation["n"], citation["title"], citation["page"]) == (1, "Parcels", None)
    assert await in_tenant(shop.organization_id, said, ready["conversation"]) == [
        ("visitor", QUESTION, None),
        ("assistant", ANSWER, True),
    ]


async def test_question_asked_again_is_answered_from_the_record(
    web: Web, site: Site, shop: Project, provider: OpenAIServer
) -> None:
    async with Visitor.at(web, shop.public_key) as visitor:
        ready = await visitor.hello()
        client_id = await visitor.ask(QUESTION)
        first = await visitor.answer()
        await visitor.ask("Something else?", client_id=client_id)
        second = await visitor.answer()
    async with Visitor.at(site.daphne, shop.public_key) as visitor:
        await visitor.hello(resume=ready["resume"])
        await visitor.ask(QUESTION, client_id=client_id.upper())
        third = await visitor.answer()
    for again in (second, third):
        assert (again.started, again.text) == (first.started, first.text)
        assert (again.citations, again.end) == (first.citations, first.end)
    assert await asked(provider) == ["complete"]
    assert len(await in_tenant(shop.organization_id, said, ready["conversation"])) == 2


async def test_question_asked_by_two_tabs_at_once_is_answered_once(
    web: Web, site: Site, shop: Project, provider: OpenAIServer
) -> None:
    provider.behaviour = SLOW
    async with (
        Visitor.at(web, shop.public_key) as one,
        Visitor.at(web, shop.public_key) as other,
        Visitor.at(site.uvicorn, shop.public_key) as elsewhere,
    ):
        ready = await one.hello()
        for visitor in (other, elsewhere):
            await visitor.hello(resume=ready["resume"])
        client_id = await one.ask(QUESTION)
        for visitor in (other, elsewhere):
            await visitor.ask(QUESTION, client_id=client_id)
        heard = await asyncio.gather(*(each.answer() for each in (one, other, elsewhere)))
    assert [each.text for each in heard] == [ANSWER] * 3
    assert [each.end for each in heard] == [heard[0].end] * 3
    assert await asked(provider) == ["complete"]


async def test_answer_that_is_stopped_keeps_what_was_said(
    web: Web, shop: Project, provider: OpenAIServer
) -> None:
    provider.behaviour = half_said()
    async with Visitor.at(web, shop.public_key) as visitor:
        ready = await visitor.hello()
        client_id = await visitor.ask(QUESTION)
        heard = await visitor.answer(until=10)
        await visitor.say("stop")
        await visitor.answer(heard)
        await visitor.say("stop")
        provider.behaviour = Behaviour(text=ANSWER)
        await visitor.ask("And then?")
        again = await visitor.answer()
    assert (heard.end["code"], heard.end["id"]) == ("stopped", client_id)
    assert again.end["type"] == "finished"
    assert await in_tenant(shop.organization_id, state, client_id) == ("ready", "stopped")
    lines = await in_tenant(shop.organization_id, said, ready["conversation"])
    assert lines[1] == ("assistant", heard.text, None)
    assert (await asked(provider))[0] == "left"


async def test_answer_is_stopped_from_another_process(
    site: Site, shop: Project, provider: OpenAIServer
) -> None:
    provider.behaviour = half_said()
    async with Visitor.at(site.daphne, shop.public_key) as here:
        ready = await here.hello()
        await here.ask(QUESTION)
        heard = await here.answer(until=5)
        async with Visitor.at(site.uvicorn, shop.public_key) as there:
            await there.hello(resume=ready["resume"])
            followed = await there.answer(until=5)
            await there.say("stop")
            await there.answer(followed)
        await here.answer(heard)
    assert heard.end == followed.end
    assert heard.end["code"] == "stopped"
    assert heard.text == followed.text
    assert ANSWER.startswith(heard.text)
    assert len(heard.text) < len(ANSWER)


async def test_answer_that_a_provider_breaks_off_says_so_and_keeps_what_was_said(
    web: Web, shop: Project, provider: OpenAIServer
) -> None:
    provider.behaviour = Behaviour(
        text=ANSWER, fault=Fault.CLOSED, after_tokens=4, token_seconds=0.05
    )
    async with Visitor.at(web, shop.public_key) as visitor:
        ready = await visitor.hello()
        client_id = await visitor.ask(QUESTION)
        heard = await visitor.answer()
        again = await visitor.hello(resume=ready["resume"])
    assert heard.text and "They may be returned".startswith(heard.text)
    assert (heard.end["code"], heard.end["id"]) == ("provider_unavailable", client_id)
    assert [(each["role"], each["text"]) for each in again["messages"]] == [
        ("visitor", QUESTION),
        ("assistant", heard.text),
    ]
    assert await in_tenant(shop.organization_id, state, client_id) == (
        "failed",
        "provider_unavailable",
    )


async def test_question_that_no_document_answers_is_answered_honestly(
    web: Web, shop: Project, provider: OpenAIServer
) -> None:
    async with Visitor.at(web, shop.public_key) as visitor:
        await visitor.hello()
        await visitor.ask("Who painted the Mona Lisa?")
        heard = await visitor.answer()
    assert (heard.end["answered"], heard.citations) == (False, [])
    assert await asked(provider) == []


async def test_answer_that_is_not_known_offers_the_contact(site: Site, shop: Project) -> None:
    def offer() -> None:
        Project.objects.filter(pk=shop.pk).update(
            contact_label="Ring us", contact_url="tel:+4940123"
        )

    await in_tenant(shop.organization_id, offer)
    contact = {"label": "Ring us", "url": "tel:+4940123"}
    async with Visitor.at(site.daphne, shop.public_key) as visitor:
        await visitor.hello()
        await visitor.ask("Who won the football world cup of 1954?")
        assert (await visitor.answer()).end["contact"] == contact
        await visitor.ask(QUESTION)
        assert "contact" not in (await visitor.answer()).end
        ready = await visitor.hello(resume=visitor.ready["resume"])
    assert [line.get("contact") for line in ready["messages"]] == [None, contact, None, None]
