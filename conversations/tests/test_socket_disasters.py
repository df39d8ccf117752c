"""What a visitor meets when a process or Redis is killed, and when many come at once."""

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path

from askorac.local.valkey import Valkey
from askorac.tenancy.context import in_tenant
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.openai_wire import Behaviour
from askorac.testing.sockets import Heard, Visitor, Web, running_web
from askorac.testing.waiting import TRIES
from conversations.models import Message
from projects.models import Project

from .conftest import ANSWER, QUESTION, Site

LONG = " ".join(f"Parcel {number} comes back [1]." for number in range(30))
SLOW = Behaviour(text=LONG, token_seconds=0.02)
VISITORS = 80  # the bench asks hundreds at once, on a machine that does nothing else


def key_of(provider: OpenAIServer) -> dict[str, str]:
    return {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": provider.base_url}


def recorded() -> list[tuple[str, str, str]]:
    answers = Message.objects.filter(speaker="assistant").select_related("turn")
    return [(answer.turn.state, answer.turn.code, answer.text.open()) for answer in answers]


async def test_web_killed_in_mid_answer_leaves_what_was_said(
    site: Site, shop: Project, provider: OpenAIServer, tmp_path: Path
) -> None:
    provider.behaviour = SLOW
    with running_web(tmp_path, **key_of(provider)) as web:
        async with Visitor.at(web, shop.public_key) as visitor:
            ready = await visitor.hello()
            client_id = await visitor.ask(QUESTION)
            heard = await visitor.answer(until=200)
            web.process.kill()
    async with Visitor.at(site.daphne, shop.public_key) as visitor:
        await visitor.hello(resume=ready["resume"], turn=client_id, at=len(heard.text))
        await visitor.answer(heard)
        assert (heard.end["code"], heard.end["id"]) == ("interrupted", client_id)
        await visitor.ask(QUESTION, client_id=client_id)
        again = await visitor.answer()
    assert (again.text, again.end) == (heard.text, heard.end)
    assert LONG.startswith(heard.text)
    assert await in_tenant(shop.organization_id, recorded) == [
        ("failed", "interrupted", heard.text)
    ]


async def test_redis_killed_in_mid_answer_is_not_noticed_by_who_listens(
    shop: Project, provider: OpenAIServer, tmp_path: Path
) -> None:
    provider.behaviour = SLOW
    valkey = Valkey(tmp_path / "valkey", password="secret")
    url = f"redis://:secret@127.0.0.1:{valkey.start()}/0"
    try:
        with running_web(tmp_path, REDIS_URL=url, **key_of(provider)) as web:
            async with (
                Visitor.at(web, shop.public_key) as visitor,
                Visitor.at(web, shop.public_key) as other,
            ):
                await visitor.hello()
                await other.hello()
                await visitor.ask(QUESTION)
                heard = await visitor.answer(until=60)
                kill(valkey)
                client_id = await other.ask(QUESTION)
                refused = await other.hear()
                await visitor.answer(heard)
                valkey.restart()
                provider.behaviour = Behaviour(text=ANSWER)
                await other.ask(QUESTION, client_id=client_id)
                answered = await other.answer()
    finally:
        valkey.stop()
    assert (refused["code"], refused["retry_after"]) == ("unavailable", 5.0)
    assert (heard.text, heard.end["type"]) == (LONG, "finished")
    assert (answered.text, answered.end["type"]) == (ANSWER, "finished")


def kill(valkey: Valkey) -> None:
    process = valkey._engine.process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


async def test_visitors_who_come_all_at_once_all_hear_their_answers(
    web: Web, shop: Project, provider: OpenAIServer
) -> None:
    provider.behaviour = Behaviour(text=ANSWER, first_token_seconds=0.3, token_seconds=0.03)
    tries = [await ask_at_once(web, shop)]
    while tries[-1] != Counter({(ANSWER, ""): VISITORS}) and len(tries) < TRIES:
        tries.append(await ask_at_once(web, shop))  # a busy machine may refuse some, for a while
    assert tries[-1] == Counter({(ANSWER, ""): VISITORS})
    states = Counter(await in_tenant(shop.organization_id, recorded))
    assert states[("ready", "", ANSWER)] == sum(each[(ANSWER, "")] for each in tries)


async def ask_at_once(web: Web, shop: Project) -> Counter[tuple[str, str]]:
    """How many heard what, with the code of what went wrong."""
    together = asyncio.Barrier(VISITORS)

    async def visit(number: int) -> Heard:
        address = f"127.0.{1 + number % 4}.1"
        async with Visitor.at(web, shop.public_key, address=address) as visitor:
            await visitor.hello()
            await together.wait()
            await visitor.ask(QUESTION)
            return await visitor.answer()

    heard = await asyncio.gather(*(visit(number) for number in range(VISITORS)))
    return Counter((each.text, each.end.get("code", "")) for each in heard)
