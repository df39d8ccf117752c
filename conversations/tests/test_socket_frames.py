"""What is not a question is refused with a sentence, and the socket goes on."""

import json

import pytest

from askorac.testing.openai_server import OpenAIServer
from askorac.testing.openai_wire import Behaviour
from askorac.testing.sockets import Visitor, Web
from conversations.frames import NOT_UNDERSTOOD, BadFrame, Hello, read_frame
from conversations.incoming import NOTHING_ASKED, TOO_LONG, Asking
from conversations.limits import SOCKET_FRAMES_A_MINUTE
from projects.models import Project

from .conftest import ANSWER, QUESTION, Site

ID = "6a204bd8-9f29-4e1b-8d1c-0d3f1c1f3c11"


@pytest.mark.parametrize(
    ("frame", "code", "sentence"),
    [
        ("", "bad_request", NOT_UNDERSTOOD),
        ("hello", "bad_request", NOT_UNDERSTOOD),
        ("[]", "bad_request", NOT_UNDERSTOOD),
        ("7", "bad_request", NOT_UNDERSTOOD),
        ("{}", "bad_request", NOT_UNDERSTOOD),
        ('{"type": 7}', "bad_request", NOT_UNDERSTOOD),
        ('{"type": ["hello"]}', "bad_request", NOT_UNDERSTOOD),
        ('{"type": "finished"}', "bad_request", NOT_UNDERSTOOD),
        ("[" * 60_000, "bad_request", NOT_UNDERSTOOD),
        ('{"type": "ask", "question": "Why?"}', "bad_request", NOT_UNDERSTOOD),
        ('{"type": "ask", "id": "7", "question": "Why?"}', "bad_request", NOT_UNDERSTOOD),
        (json.dumps({"type": "ask", "id": ID, "question": 7}), "bad_request", NOT_UNDERSTOOD),
        (json.dumps({"type": "ask", "id": ID, "question": " \n\0"}), "bad_request", NOTHING_ASKED),
        (json.dumps({"type": "ask", "id": ID, "question": "é" * 4_001}), "too_long", TOO_LONG),
    ],
)
def test_frame_that_is_no_question_is_refused(frame: str, code: str, sentence: str) -> None:
    with pytest.raises(BadFrame) as refused:
        read_frame(frame)
    assert (refused.value.code, refused.value.sentence) == (code, sentence)


def test_question_is_read_without_what_no_database_holds() -> None:
    frame = read_frame(
        json.dumps({"type": "ask", "id": ID.upper(), "question": " a\0b \ud83d c \U0001f600 "})
    )
    assert isinstance(frame, Asking)
    assert (str(frame.id), frame.question) == (ID, "ab \ufffd c \U0001f600")


def test_question_of_the_longest_kind_is_read() -> None:
    frame = read_frame(json.dumps({"type": "ask", "id": ID, "question": "x" * 4_000}))
    assert isinstance(frame, Asking)
    assert len(frame.question) == 4_000


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://shop.example/a?b=c#d", "https://shop.example/a?b=c#d"),
        ("http://localhost:8001/" + "x" * 3_000, ("http://localhost:8001/" + "x" * 3_000)[:2_000]),
        ("javascript:alert(1)", ""),
        ("https://[", ""),
        ("https:", ""),
        ("//shop.example", ""),
        (["https://shop.example"], ""),
        (None, ""),
    ],
)
def test_page_url_is_a_web_address_or_nothing(url: object, kept: str) -> None:
    frame = read_frame(json.dumps({"type": "hello", "page_url": url}))
    assert isinstance(frame, Hello)
    assert frame.page_url == kept


@pytest.mark.parametrize(
    ("context", "kept"),
    [(None, ""), ("gold member", "gold member"), ({"plan": ["a"]}, '{"plan": ["a"]}')],
)
def test_context_is_kept_as_text(context: object, kept: str) -> None:
    frame = read_frame(
        json.dumps({"type": "ask", "id": ID, "question": "Why?", "context": context})
    )
    assert isinstance(frame, Asking)
    assert frame.context == kept


@pytest.mark.parametrize("at", [-1, 1.5, "3", True, None, {}])
def test_place_that_is_no_number_is_the_start(at: object) -> None:
    frame = read_frame(json.dumps({"type": "hello", "turn": ID, "at": at}))
    assert isinstance(frame, Hello)
    assert frame.at == 0


async def test_refused_frames_leave_the_socket_open(web: Web, shop: Project) -> None:
    async with Visitor.at(web, shop.public_key) as visitor:
        await visitor.connection.send("no json")
        assert (await visitor.hear())["code"] == "bad_request"
        client_id = await visitor.ask(QUESTION)
        refused = await visitor.hear()
        assert (refused["type"], refused["code"], refused["id"]) == (
            "failed",
            "bad_request",
            client_id,
        )
        await visitor.say("stop")
        await visitor.say("ping")
        assert await visitor.hear() == {"type": "pong"}
        await visitor.hello()
        await visitor.ask(QUESTION)
        assert (await visitor.answer()).text == ANSWER


async def test_frame_over_64_kilobytes_closes_the_socket(web: Web, shop: Project) -> None:
    async with Visitor.at(web, shop.public_key) as visitor:
        await visitor.hello()
        await visitor.ask("x" * 66_000)
        assert await visitor.closed() == 1009


async def test_binary_frame_closes_the_socket(web: Web, shop: Project) -> None:
    async with Visitor.at(web, shop.public_key) as visitor:
        await visitor.hello()
        await visitor.connection.send(b'{"type": "ping"}')
        assert await visitor.closed() == 4400


async def test_second_question_waits_for_the_answer_to_the_first(
    web: Web, shop: Project, provider: OpenAIServer
) -> None:
    provider.behaviour = Behaviour(text="word " * 20 + "[1]", stops_at=5)
    async with Visitor.at(web, shop.public_key) as visitor:
        await visitor.hello()
        first = await visitor.ask(QUESTION)
        heard = await visitor.answer(until=5)
        await visitor.ask(QUESTION, client_id=first)
        second = await visitor.ask("And for two?")
        while (frame := await visitor.hear())["type"] == "token":
            heard.take(frame)
        assert (frame["code"], frame["id"]) == ("bad_request", second)
        provider.behaviour.go_on.set()
        assert (await visitor.answer(heard)).end["type"] == "finished"
    assert len([each for each in provider.requests if "chat" in each.path]) == 1


async def test_twenty_first_question_of_a_minute_is_refused(site: Site, shop: Project) -> None:
    async with Visitor.at(site.daphne, shop.public_key) as visitor:
        await visitor.hello()
        for _ in range(20):
            await visitor.ask(QUESTION)
            assert (await visitor.answer()).end["type"] == "finished"
        client_id = await visitor.ask(QUESTION)
        refused = await visitor.hear()
    assert (refused["code"], refused["id"]) == ("rate_limited", client_id)
    assert 0 < refused["retry_after"] <= 60
    assert str(int(refused["retry_after"])) in refused["message"]


async def test_socket_that_floods_is_closed_and_its_neighbours_are_not(
    web: Web, shop: Project
) -> None:
    async with (
        Visitor.at(web, shop.public_key) as flood,
        Visitor.at(web, shop.public_key) as neighbour,
    ):
        await neighbour.hello()
        for _ in range(SOCKET_FRAMES_A_MINUTE):
            await flood.say("ping")
            assert await flood.hear() == {"type": "pong"}
        await flood.say("ping")
        assert await flood.closed() == 4429
        await neighbour.ask(QUESTION)
        assert (await neighbour.answer()).text == ANSWER
    async with Visitor.at(web, shop.public_key) as anew:
        await anew.hello()
