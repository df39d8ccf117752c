"""Models are listed and keys are checked, whatever a server says or lacks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import orjson
import pytest

from keys.providers.accounts import Account, ProviderKey
from keys.providers.base import KeyRejected, ProviderUnavailable, RequestRefused
from keys.providers.checking import NOT_COMPATIBLE, WrongKind, check_key
from keys.providers.listing import list_models
from keys.providers.offers import ModelOffer, offer_of
from keys.tests.answers import CANARY, account

Answers = dict[str, tuple[int, Any]]


@contextmanager
def answering(answers: Answers) -> Iterator[tuple[str, list[str]]]:
    """A server with an answer for each method and path; 404 without a word for the rest."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen.append(f"{self.command} {self.path}")
            status, body = answers.get(seen[-1], (404, {"detail": "Not Found"}))
            payload = orjson.dumps(body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = answer  # noqa: N815 - the name is given
        do_POST = answer  # noqa: N815 - the name is given

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_pages_are_followed_and_kinds_told_by_what_models_can() -> None:
    def row(name: str, label: str, method: str) -> dict[str, object]:
        return {
            "name": f"models/{name}", "displayName": label, "supportedGenerationMethods": [method]
        }  # fmt: skip

    answers: Answers = {
        "GET /v1beta/models?pageSize=1000": (
            200, {"models": [row("gemini-3.5-flash", "Flash", "generateContent")],
                  "nextPageToken": "two"}),
        "GET /v1beta/models?pageSize=1000&pageToken=two": (
            200, {"models": [row("gemini-embedding-001", "Embedding", "embedContent"),
                             row("veo-3", "Veo", "predictLongRunning")]}),
    }  # fmt: skip
    with answering(answers) as (address, seen):
        offers = asyncio.run(list_models("gemini", account(address)))
    assert offers == (
        ModelOffer("gemini-3.5-flash", "Flash", "chat"),
        ModelOffer("gemini-embedding-001", "Embedding", "embedding", 1536),
    )
    assert len(seen) == 2
    assert CANARY not in "".join(seen)


def test_pages_of_anthropic_are_followed() -> None:
    one = {"data": [{"id": "claude-a", "display_name": "A"}], "has_more": True, "last_id": "x"}
    answers: Answers = {
        "GET /v1/models?limit=1000": (200, one),
        "GET /v1/models?limit=1000&after_id=x": (200, {"data": [{"id": "claude-b"}]}),
    }
    with answering(answers) as (address, _):
        offers = asyncio.run(list_models("anthropic", account(address)))
    assert [(offer.name, offer.label) for offer in offers] == [
        ("claude-a", "A"), ("claude-b", "claude-b")
    ]  # fmt: skip


def test_endless_pages_are_left() -> None:
    page = {"models": [{"name": "models/a", "supportedGenerationMethods": []}],
            "nextPageToken": "again"}  # fmt: skip
    answers: Answers = {
        "GET /v1beta/models?pageSize=1000": (200, page),
        "GET /v1beta/models?pageSize=1000&pageToken=again": (200, page),
    }
    with answering(answers) as (address, seen):
        assert asyncio.run(list_models("gemini", account(address))) == ()
    assert len(seen) == 10


@pytest.mark.parametrize(
    ("name", "kind"),
    [("gpt-5.6-luna", "chat"), ("o4-mini", "chat"), ("ft:gpt-4o:us::1", "chat"),
     ("text-embedding-3-small", "embedding"), ("whisper-1", None), ("gpt-realtime", None),
     ("gpt-4o-mini-tts", None), ("gpt-5-pro", None), ("omni-moderation-latest", None),
     ("gpt-3.5-turbo-instruct", None), ("dall-e-3", None)],
)  # fmt: skip
def test_openai_s_models_are_told_by_name(name: str, kind: str | None) -> None:
    offer = offer_of("openai", {"id": name}, is_vendor=True)
    assert (offer.kind if offer else None) == kind


def test_any_model_of_another_server_may_answer() -> None:
    names = ["llama3.2:latest", "nomic-embed-text", "BAAI/bge-m3", "qwen3-8b-chat"]
    offers = [offer_of("openai", {"id": name}, is_vendor=False) for name in names]
    kinds = [offer.kind for offer in offers if offer]
    assert kinds == ["chat", "embedding", "embedding", "chat"]


@pytest.mark.parametrize(
    ("asked", "raised"),
    [
        ((400, {"error": {"message": "model is missing"}}), None),
        ((404, {"error": {"message": "no such model"}}), None),
        ((422, {"detail": []}), None),
        ((401, {"error": {"message": "no"}}), KeyRejected),
        ((404, {"detail": "Not Found"}), RequestRefused),
        ((503, {}), ProviderUnavailable),
    ],
)
def test_server_without_a_list_proves_the_key_by_a_question_that_is_none(
    asked: tuple[int, Any], raised: type[Exception] | None
) -> None:
    with answering({"POST /v1/chat/completions": asked}) as (address, seen):
        check = check_key("openai", account(f"{address}/v1"))
        if raised is None:
            assert asyncio.run(check) == ()
        else:
            with pytest.raises(raised) as caught:
                asyncio.run(check)
            assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert seen == ["GET /v1/models", "POST /v1/chat/completions"]


def test_address_of_something_else_is_told() -> None:
    with answering({}) as (address, _), pytest.raises(RequestRefused, match=NOT_COMPATIBLE):
        asyncio.run(check_key("openai", account(address)))


def test_key_that_may_only_ask_is_taken() -> None:
    answers: Answers = {
        "GET /v1/models": (403, {"error": {"message": "Missing scopes"}}),
        "POST /v1/chat/completions": (400, {"error": {"message": "model is missing"}}),
    }
    with answering(answers) as (address, _):
        assert asyncio.run(check_key("openai", account(f"{address}/v1"))) == ()


def test_key_of_the_wrong_kind_is_sent_nowhere() -> None:
    wrong = Account(ProviderKey("sk-ant-api03-abc"), "https://api.openai.com/v1")
    with pytest.raises(WrongKind, match="a key for Anthropic"):
        asyncio.run(check_key("openai", wrong))


@pytest.mark.parametrize(
    ("provider", "path"),
    [("anthropic", "/v1/models?limit=1000"), ("gemini", "/v1beta/models?pageSize=1000")],
)
def test_refused_key_is_refused(provider: str, path: str) -> None:
    invalid = {"error": {"details": [{"reason": "API_KEY_INVALID"}]}}
    with (
        answering({f"GET {path}": (400 if provider == "gemini" else 401, invalid)}) as (
            address,
            _,
        ),
        pytest.raises(KeyRejected),
    ):
        asyncio.run(check_key(provider, account(address)))
