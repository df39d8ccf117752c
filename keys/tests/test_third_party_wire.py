"""The adapters against somebody else's idea of the providers' wire formats: aimock's."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from askorac.testing.node import ensure_node, mock_script
from keys.providers.anthropic import AnthropicChat
from keys.providers.base import ChatModel, Completion, EmbeddingSpace, Tool, ToolCall
from keys.providers.checking import check_key
from keys.providers.gemini import GeminiChat
from keys.providers.openai import OpenAIChat, OpenAIEmbedding
from keys.tests.answers import account, listen, request

ANSWER: Final = "It may be returned within thirty days — naïve 漢字 and 🎈 included [1]."
FIXTURES: Final = {
    "fixtures": [
        {"match": {"userMessage": "return it"}, "response": {"content": ANSWER}},
        {
            "match": {"userMessage": "order 7"},
            "response": {"toolCalls": [{"name": "find", "arguments": '{"n": 7}'}]},
        },
    ]
}
FIND: Final = Tool("find", "Find an order.", '{"type": "object", "properties": {}}')
ADAPTERS: Final[list[tuple[Any, str, str]]] = [
    (OpenAIChat, "/v1", "gpt-5.6-luna"),
    (AnthropicChat, "", "claude-haiku-4-5"),
    (GeminiChat, "", "gemini-2.5-flash"),
]


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of aimock."""
    fixtures: Path = tmp_path_factory.mktemp("aimock") / "fixtures.json"
    fixtures.write_text(json.dumps(FIXTURES), encoding="utf-8")
    options = ["--port", "0", "--fixtures", str(fixtures), "--chunk-size", "7"]
    command = [str(ensure_node().node), str(mock_script()), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if told := re.search(rb"http://127\.0\.0\.1:\d+", line):
                yield told.group().decode()
                break
        running.terminate()
        running.stdout.read()


@pytest.mark.parametrize(("adapter", "root", "name"), ADAPTERS)
def test_answer_is_read(mock: str, adapter: Any, root: str, name: str) -> None:
    model: ChatModel = adapter(account=account(f"{mock}{root}"), name=name)
    *text, end = listen(model)
    assert "".join(map(str, text)) == ANSWER
    assert isinstance(end, Completion)
    assert end.finish_reason == "stop"


@pytest.mark.parametrize(("adapter", "root", "name"), ADAPTERS)
def test_tool_call_is_read(mock: str, adapter: Any, root: str, name: str) -> None:
    model: ChatModel = adapter(account=account(f"{mock}{root}"), name=name)
    call, end = listen(model, replace(request("Where is order 7?"), tools=(FIND,)))
    assert isinstance(call, ToolCall)
    assert (call.name, json.loads(call.arguments)) == ("find", {"n": 7})
    assert isinstance(end, Completion)
    assert end.finish_reason == "tool"


def test_vectors_are_read(mock: str) -> None:
    space = EmbeddingSpace("openai", "text-embedding-3-small", 1536)
    model = OpenAIEmbedding(account=account(f"{mock}/v1"), space=space)
    rows = asyncio.run(model.embed(["One", "Two"]))
    assert rows.shape == (2, 1536)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)


def test_models_are_listed(mock: str) -> None:
    offers = asyncio.run(check_key("openai", account(f"{mock}/v1")))
    assert {"chat"} <= {offer.kind for offer in offers}
