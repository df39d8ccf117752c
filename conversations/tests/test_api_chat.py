"""A program asks: the answer as a whole, or as events."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest

from askorac.tenancy.context import in_tenant, in_thread
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.openai_wire import Behaviour, Fault
from askorac.testing.people import Customer, new_project
from askorac.testing.programs import Program, new_program
from askorac.testing.sockets import WAIT_SECONDS, Web
from conversations.models import Conversation
from projects.models import Project

from .conftest import ANSWER, DOCUMENT, QUESTION, Site


@pytest.fixture
async def program(organization: Customer) -> Program:
    return await in_thread(new_program, organization, rights="read")


async def post(
    web: Web, project: Project, program: Program | None, body: Any = None, **headers: str
) -> httpx2.Response:
    """The answer to QUESTION, or to another body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if program:
        named["Authorization"] = f"Bearer {program.key}"
    address = f"http://127.0.0.1:{web.port}/api/v1/projects/{project.pk}/chat/"
    async with httpx2.AsyncClient(timeout=WAIT_SECONDS) as client:
        return await client.post(address, json=body or {"message": QUESTION}, headers=named)


async def test_answer_comes_as_a_whole(web: Web, shop: Project, program: Program) -> None:
    answer = await post(web, shop, program, {"message": QUESTION, "visitor_id": "customer 7"})
    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert (told["text"], told["answered"]) == (ANSWER, True)
    assert [each["quote"] for each in told["sources"]] == [f"{DOCUMENT.partition('.')[0]}."]
    assert int(answer.headers["ratelimit-remaining"]) > 0
    more = {"message": QUESTION, "conversation_id": told["conversation_id"]}
    again = (await post(web, shop, program, more)).json()
    assert again["conversation_id"] == told["conversation_id"]

    def kept() -> Any:
        return Conversation.objects.values_list("pk", "channel", "question_count").get()

    conversation_id, *columns = await in_tenant(shop.organization_id, kept)
    assert (str(conversation_id), columns) == (told["conversation_id"], ["api", 2])


async def test_answer_comes_as_events(web: Web, shop: Project, program: Program) -> None:
    answer = await post(web, shop, program, Accept="text/event-stream")
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    kinds = [line[7:] for line in answer.text.splitlines() if line.startswith("event: ")]
    assert (kinds[0], kinds[-3:]) == ("conversation_id", ["sources", "confidence", "done"])


async def test_question_that_is_sent_again_is_answered_from_the_record(
    site: Site, shop: Project, program: Program, provider: OpenAIServer
) -> None:
    first = await post(site.daphne, shop, program, Idempotency_Key="7")
    again = await post(site.uvicorn, shop, program, Idempotency_Key="7")
    assert again.json() == first.json()
    assert len([each for each in provider.requests if "chat" in each.path]) == 1
    other = await post(site.daphne, shop, program, {"message": "Why?"}, Idempotency_Key="7")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


async def test_chat_is_closed_to_others(
    site: Site, shop: Project, organization: Customer, stranger: Customer, program: Program
) -> None:
    other = await in_thread(new_project, organization, "Other")
    programs = {
        "this project": await in_thread(new_program, organization, project=shop),
        "other project": await in_thread(new_program, organization, project=other),
        "stranger": await in_thread(new_program, stranger),
        "nobody": None,
    }
    statuses = {
        name: (await post(site.daphne, shop, each)).status_code for name, each in programs.items()
    }
    assert statuses == {"this project": 200, "other project": 404, "stranger": 404, "nobody": 401}
    unknown = {"message": QUESTION, "conversation_id": str(uuid4())}
    assert (await post(site.daphne, shop, program, unknown)).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"message": " "},
        {"message": "x" * 4_001},
        {"message": 7},
        {"message": QUESTION, "conversation_id": "7"},
        {"message": QUESTION, "other": 1},
    ],
)
async def test_what_is_no_question_is_a_problem(
    site: Site, shop: Project, program: Program, body: Any
) -> None:
    for accept in ("application/json", "text/event-stream"):
        answer = await post(site.daphne, shop, program, body, Accept=accept)
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "invalid"


async def test_fault_of_a_provider_is_a_problem(
    web: Web, shop: Project, program: Program, provider: OpenAIServer
) -> None:
    provider.behaviour = Behaviour(fault=Fault.UNKNOWN_MODEL)
    answer = await post(web, shop, program)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_misconfigured")
