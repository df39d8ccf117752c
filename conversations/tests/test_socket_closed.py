"""A key that is taken away at the key service, as visitors and programs of a running process see
it: within seconds here, since the process asks its key service each second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import httpx2
import pytest

from askorac.sealing.keyrings import REFUSED_SECONDS
from askorac.tenancy.context import in_thread
from askorac.testing.keys import taken_away
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.openai_wire import Behaviour
from askorac.testing.people import Customer
from askorac.testing.programs import Program, new_program
from askorac.testing.sockets import WAIT_SECONDS, Visitor, Web, running_web
from conversations.events import CLOSED
from projects.models import Project

from .conftest import ANSWER, QUESTION
from .test_streaming_turns import ENDLESS


@pytest.fixture(scope="module")
def _web(_provider: OpenAIServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    settings = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": _provider.base_url}
    folder = tmp_path_factory.mktemp("web")
    with running_web(folder, "daphne", KEYRING_SECONDS="1", **settings) as web:
        yield web


@pytest.fixture
def web(_web: Web, provider: OpenAIServer) -> Web:
    """A process that holds no key for longer than a second; the provider is as it is at first."""
    return _web


async def test_stream_stops_and_the_same_socket_goes_on_when_the_key_is_back(
    web: Web, shop: Project, organization: Customer, provider: OpenAIServer
) -> None:
    provider.behaviour = ENDLESS
    async with Visitor.at(web, shop.public_key) as visitor:
        ready = await visitor.hello()
        await visitor.ask(QUESTION)
        heard = await visitor.answer(until=30)
        with taken_away(organization.id):
            taken_at = time.monotonic()
            heard = await visitor.answer(heard)
            assert time.monotonic() - taken_at < 30
            assert (heard.end["code"], heard.end["message"]) == ("key_revoked", CLOSED)
            provider.requests.clear()
            await visitor.ask(QUESTION)
            refused = await visitor.answer()
            assert (refused.started, refused.end["code"]) == ({}, "key_revoked")
            closed = await visitor.hello(resume=ready["resume"])
            assert closed["closed"] == {"code": "key_revoked", "message": CLOSED}
            assert (closed["conversation"], closed["messages"]) == (ready["conversation"], [])
            assert provider.requests == []
        provider.behaviour = Behaviour(text=ANSWER)
        assert await asked_until_open(visitor) == ANSWER
        opened = await visitor.hello(resume=ready["resume"])
        assert "closed" not in opened
        first, broken_off, *_, last = opened["messages"]
        assert (first["text"], last["text"]) == (QUESTION, ANSWER)
        assert heard.text.startswith(broken_off["text"]) or broken_off["text"] == CLOSED


async def asked_until_open(visitor: Visitor) -> str:
    """The answer to the first question that has one, in the time that a refusal is remembered."""
    until = time.monotonic() + REFUSED_SECONDS + 30
    while True:
        await visitor.ask(QUESTION)
        heard = await visitor.answer()
        if heard.end["type"] == "finished" or time.monotonic() > until:
            return heard.text
        await asyncio.sleep(0.5)


async def test_programs_and_pages_are_told_that_it_is_closed(
    web: Web, shop: Project, organization: Customer, provider: OpenAIServer
) -> None:
    program = await in_thread(new_program, organization)
    with taken_away(organization.id):
        await asyncio.sleep(1.2)
        provider.requests.clear()
        chat = {"project_id": shop.public_key, "message": QUESTION}
        answers = [
            await post(web, "/api/chat", chat, Origin="https://shop.example"),
            await post(web, f"/api/v1/projects/{shop.pk}/chat/", {"message": QUESTION}, program),
            await post(
                web,
                f"/api/v1/projects/{shop.pk}/chat/",
                {"message": QUESTION},
                program,
                Accept="text/event-stream",
            ),
        ]
    told = [(each.status_code, each.json()["code"], each.json()["detail"]) for each in answers]
    assert told == [(423, "key_revoked", CLOSED)] * 3
    assert {each.headers["content-type"] for each in answers} == {"application/problem+json"}
    assert provider.requests == []


async def post(
    web: Web, path: str, body: dict[str, str], program: Program | None = None, **headers: str
) -> httpx2.Response:
    if program:
        headers["Authorization"] = f"Bearer {program.key}"
    async with httpx2.AsyncClient(timeout=WAIT_SECONDS) as client:
        return await client.post(f"http://127.0.0.1:{web.port}{path}", json=body, headers=headers)
