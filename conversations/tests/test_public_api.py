"""`POST /api/chat` and `GET /api/widget/config`: who may knock, and what is told."""

import json
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from askorac.tenancy.context import in_tenant, in_thread
from askorac.testing.http import ask
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.openai_wire import Behaviour, Fault
from askorac.testing.people import Customer, new_project
from askorac.testing.programs import new_program
from askorac.testing.sockets import WAIT_SECONDS, Web
from conversations.events import SENTENCES
from conversations.models import Conversation
from conversations.public_api import (
    NO_SUCH_CONVERSATION,
    NO_SUCH_PROJECT,
    NOT_A_UUID,
    NOT_JSON,
    ORIGIN_REFUSED,
)
from projects.look import GREETING
from projects.models import Project

from .conftest import ANSWER, DOCUMENT, QUESTION, Site

SHOP = "https://shop.example"


async def test_answer_is_told_as_events_in_order(web: Web, shop: Project) -> None:
    heard = await ask(web, shop.public_key, QUESTION, visitor_id="customer 7")
    assert heard.status == 200
    assert heard.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert heard.headers["x-accel-buffering"] == "no"
    assert heard.headers["access-control-allow-origin"] == SHOP
    kinds = [kind for kind, _ in heard.events]
    assert kinds == ["conversation_id", *["token"] * (len(kinds) - 4), *kinds[-3:]]
    assert kinds[-3:] == ["sources", "confidence", "done"]
    assert heard.text == ANSWER
    [source] = heard.of_kind("sources")["sources"]
    assert (source["n"], source["title"], source["quote"]) == (
        1,
        "Parcels",
        DOCUMENT.split(". ")[0] + ".",
    )
    assert source["url"].startswith("http://localhost:8000/cited/")
    done = heard.of_kind("done")
    assert (done["text"], done["answered"]) == (ANSWER, True)
    assert heard.of_kind("confidence") == {"confidence": done["confidence"], "answered": True}

    def kept() -> tuple[Any, ...]:
        row = Conversation.objects.get()
        return row.channel, row.question_count, row.is_answered, row.unanswered_count

    assert await in_tenant(shop.organization_id, kept) == ("api", 1, True, 0)


async def test_conversation_goes_on_by_what_was_told(site: Site, shop: Project) -> None:
    first = await ask(site.daphne, shop.public_key, QUESTION)
    token = first.of_kind("conversation_id")["conversation_id"]
    second = await ask(site.uvicorn, shop.public_key, QUESTION, conversation_id=token)
    assert second.text == ANSWER

    def counts() -> list[int]:
        return list(Conversation.objects.values_list("question_count", flat=True))

    assert await in_tenant(shop.organization_id, counts) == [2]


async def test_question_that_is_sent_again_is_answered_from_the_record(
    site: Site, shop: Project, provider: OpenAIServer
) -> None:
    named = str(uuid4())
    first = await ask(site.daphne, shop.public_key, QUESTION, id=named)
    again = await ask(site.uvicorn, shop.public_key, QUESTION, headers={"Idempotency-Key": named})
    other = await ask(site.daphne, shop.public_key, "And for two parcels?", id=named)
    assert (first.text, again.text, other.text) == (ANSWER, ANSWER, ANSWER)
    assert again.of_kind("done") == first.of_kind("done")
    assert len([each for each in provider.requests if "chat" in each.path]) == 2
    ids = {heard.of_kind("done")["message_id"] for heard in (first, again, other)}
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        (b"", 400, NOT_JSON),
        (b"[1]", 400, NOT_JSON),
        (b"[" * 60_000, 400, NOT_JSON),
        ({"message": "Why?"}, 404, NO_SUCH_PROJECT),
        ({"project_id": 7, "message": "Why?"}, 404, NO_SUCH_PROJECT),
        ({"project_id": "pk_none", "message": "Why?"}, 404, NO_SUCH_PROJECT),
        ({"project_id": "KEY", "message": " "}, 400, "Nothing was asked. Type a question first."),
        ({"project_id": "KEY", "message": "x" * 4001}, 400, "Ask in at most 4,000 characters."),
        ({"project_id": "KEY", "message": "Why?", "id": "7"}, 400, NOT_A_UUID),
        (
            {"project_id": "KEY", "message": "Why?", "conversation_id": "7"},
            404,
            NO_SUCH_CONVERSATION,
        ),
    ],
)
async def test_what_is_no_question_is_a_problem(
    site: Site, shop: Project, body: Any, status: int, detail: str
) -> None:
    if isinstance(body, dict):
        known = {"KEY": shop.public_key}
        body = json.dumps({name: known.get(value, value) for name, value in body.items()}).encode()
    async with httpx2.AsyncClient(timeout=WAIT_SECONDS) as client:
        answer = await client.post(url(site.daphne), content=body, headers={"Origin": SHOP})
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["detail"]) == (status, detail)


def url(web: Web, path: str = "/api/chat") -> str:
    return f"http://127.0.0.1:{web.port}{path}"


@pytest.mark.parametrize("origin", ["https://rival.example", "null", ""])
async def test_page_that_is_not_allowed_is_refused(web: Web, shop: Project, origin: str) -> None:
    heard = await ask(web, shop.public_key, QUESTION, origin=origin)
    assert (heard.status, heard.problem["detail"]) == (403, ORIGIN_REFUSED)
    assert "access-control-allow-origin" not in heard.headers


async def test_program_with_a_key_needs_no_origin(
    site: Site, shop: Project, organization: Customer, stranger: Customer
) -> None:
    other = await in_thread(new_project, organization, "Other")
    keys = {
        "whole": await in_thread(new_program, organization, rights="read"),
        "this": await in_thread(new_program, organization, project=shop),
        "other": await in_thread(new_program, organization, project=other),
        "stranger": await in_thread(new_program, stranger),
    }
    statuses = {}
    for name, program in keys.items():
        bearer = {"Authorization": f"Bearer {program.key}"}
        heard = await ask(site.daphne, shop.public_key, QUESTION, origin="", headers=bearer)
        statuses[name] = heard.status
    wrong = {"Authorization": "Bearer orac_sk_wrong"}
    heard = await ask(site.daphne, shop.public_key, QUESTION, headers=wrong)
    statuses["wrong"] = heard.status
    assert statuses == {"whole": 200, "this": 200, "other": 404, "stranger": 404, "wrong": 401}


async def test_twenty_first_question_of_a_minute_is_told_when_to_come_back(
    site: Site, shop: Project
) -> None:
    first = await ask(site.daphne, shop.public_key, QUESTION)
    token = first.of_kind("conversation_id")["conversation_id"]
    for _ in range(19):
        await ask(site.daphne, shop.public_key, QUESTION, conversation_id=token)
    refused = await ask(site.daphne, shop.public_key, QUESTION, conversation_id=token)
    assert (refused.status, refused.problem["code"]) == (429, "rate_limited")
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert refused.headers["access-control-allow-origin"] == SHOP


async def test_fault_of_a_provider_is_an_event(
    site: Site, shop: Project, provider: OpenAIServer
) -> None:
    provider.behaviour = Behaviour(fault=Fault.UNKNOWN_MODEL)
    heard = await ask(site.daphne, shop.public_key, QUESTION)
    code = "provider_misconfigured"
    assert heard.status == 200
    assert heard.events[-1] == ("error", {"code": code, "message": SENTENCES[code]})


async def test_browser_asks_before_it_asks(web: Web) -> None:
    wanted = {
        "Origin": SHOP,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    async with httpx2.AsyncClient(timeout=WAIT_SECONDS) as client:
        answer = await client.options(url(web), headers=wanted)
        other = await client.get(url(web), headers={"Origin": SHOP})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Content-Type" in answer.headers["access-control-allow-headers"]
    assert (other.status_code, other.headers["content-type"]) == (405, "application/problem+json")


async def test_config_is_what_a_socket_is_told(web: Web, shop: Project) -> None:
    path = f"/api/widget/config?id={shop.public_key}"
    async with httpx2.AsyncClient(timeout=WAIT_SECONDS) as client:
        allowed = await client.get(url(web, path), headers={"Origin": SHOP})
        ours = await client.get(url(web, path), headers={"Sec-Fetch-Site": "same-origin"})
        refused = await client.get(url(web, path), headers={"Origin": "https://rival.example"})
        nobody = await client.get(url(web, path))
        unknown = await client.get(url(web, "/api/widget/config?id=x"), headers={"Origin": SHOP})
    assert [each.status_code for each in (allowed, ours, refused, nobody, unknown)] == [
        200,
        200,
        403,
        403,
        404,
    ]
    config = allowed.json()
    assert (config["id"], config["name"], config["greeting"]) == (
        shop.public_key,
        "Help desk",
        GREETING,
    )
    assert allowed.headers["access-control-allow-origin"] == SHOP
    assert allowed.headers["vary"] == "Origin"
    assert allowed.headers["cache-control"] == "public, max-age=60"
