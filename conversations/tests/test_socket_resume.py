"""A visitor who comes back sees the rest of the answer, wherever it is, and no word of it twice."""

import asyncio
from uuid import UUID

import pytest
import redis
from django.conf import settings

from askorac.tenancy.context import in_tenant
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.openai_wire import Behaviour
from askorac.testing.sockets import Heard, Visitor, Web
from conversations.models import Turn
from projects.models import Project

from .conftest import QUESTION, Site

LONG = " ".join(f"Parcel {number} comes back [1]." for number in range(30))
HEARD = 60  # characters, before the visitor leaves


def half_said() -> Behaviour:
    """An answer that waits in its middle until the visitor is back."""
    return Behaviour(text=LONG, token_seconds=0.01, stops_at=40)


async def leave_in_mid_answer(web: Web, project: Project) -> tuple[str, str, Heard]:
    """Ask, hear a part, and be cut off; returns the resume token, the question's id, the part."""
    async with Visitor.at(web, project.public_key) as visitor:
        ready = await visitor.hello()
        client_id = await visitor.ask(QUESTION)
        heard = await visitor.answer(until=HEARD)
        visitor.connection.transport.abort()
    assert not heard.end
    return ready["resume"], client_id, heard


async def come_back(
    web: Web, project: Project, provider: OpenAIServer, resume: str, client_id: str, heard: Heard
) -> Heard:
    """Go on from where the first part ended; fails if a word comes twice or is missing."""
    known = len(heard.pieces)
    async with Visitor.at(web, project.public_key) as visitor:
        ready = await visitor.hello(resume=resume, turn=client_id, at=len(heard.text))
        assert [(each["role"], each["text"]) for each in ready["messages"]] == [
            ("visitor", QUESTION)
        ]
        provider.behaviour.go_on.set()
        await visitor.answer(heard)
    assert all(at > 0 for at, _ in heard.pieces[known:])
    return heard


def asked_once(provider: OpenAIServer) -> bool:
    return len([each for each in provider.requests if "completions" in each.path]) == 1


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_visitor_who_comes_back_hears_the_rest(
    site: Site, shop: Project, provider: OpenAIServer, elsewhere: bool
) -> None:
    provider.behaviour = half_said()
    resume, client_id, heard = await leave_in_mid_answer(site.daphne, shop)
    web = site.uvicorn if elsewhere else site.daphne
    await come_back(web, shop, provider, resume, client_id, heard)
    assert (heard.text, heard.end["type"], heard.end["id"]) == (LONG, "finished", client_id)
    assert [citation["n"] for citation in heard.citations] == [1]
    assert asked_once(provider)


async def test_visitor_who_comes_back_after_redis_was_emptied_hears_the_rest(
    site: Site, shop: Project, provider: OpenAIServer
) -> None:
    provider.behaviour = half_said()
    resume, client_id, heard = await leave_in_mid_answer(site.daphne, shop)
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushall()
    await come_back(site.uvicorn, shop, provider, resume, client_id, heard)
    assert (heard.text, heard.end["type"]) == (LONG, "finished")


async def test_visitor_who_comes_back_without_a_place_hears_it_from_the_start(
    site: Site, shop: Project, provider: OpenAIServer
) -> None:
    provider.behaviour = half_said()
    resume, client_id, _ = await leave_in_mid_answer(site.daphne, shop)
    async with Visitor.at(site.uvicorn, shop.public_key) as visitor:
        await visitor.hello(resume=resume)
        provider.behaviour.go_on.set()
        heard = await visitor.answer()
    assert heard.started["id"] == client_id
    assert heard.text == LONG


async def test_visitor_who_comes_back_late_finds_the_answer_among_the_messages(
    site: Site, shop: Project, provider: OpenAIServer
) -> None:
    provider.behaviour = Behaviour(text=LONG, token_seconds=0.002)
    resume, client_id, heard = await leave_in_mid_answer(site.daphne, shop)
    await until_ended(shop.organization_id, client_id)
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushall()
    async with Visitor.at(site.uvicorn, shop.public_key) as visitor:
        ready = await visitor.hello(resume=resume, turn=client_id, at=len(heard.text))
        await visitor.say("ping")
        assert await visitor.hear() == {"type": "pong"}
    question, answer = ready["messages"]
    assert question | {"id": "", "at": ""} == {
        "id": "",
        "role": "visitor",
        "text": QUESTION,
        "citations": [],
        "answered": None,
        "rating": None,
        "at": "",
    }
    assert (answer["role"], answer["text"], answer["answered"]) == ("assistant", LONG, True)
    assert answer["id"] == heard.started["message"]
    assert sorted(answer["citations"][0]) == ["n", "page", "quote", "title", "url"]


async def until_ended(organization_id: UUID, client_id: str) -> None:
    """Until the turn is recorded; fails if that takes too long."""
    async with asyncio.timeout(60):
        while await in_tenant(organization_id, is_running, client_id):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def is_running(client_id: str) -> bool:
    return Turn.objects.filter(client_id=UUID(client_id), state="processing").exists()
