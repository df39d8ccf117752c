"""The adapters that keep one contract, and the servers that speak their wire formats.

A new adapter is one more entry of PROVIDERS; the tests ``test_contract_*`` run over all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from askorac.testing.anthropic_server import AnthropicServer
from askorac.testing.gemini_server import GeminiServer
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.wire_server import WireServer
from keys.providers.accounts import Account
from keys.providers.anthropic import AnthropicChat
from keys.providers.base import ChatModel, Tool
from keys.providers.gemini import GeminiChat
from keys.providers.openai import OpenAIChat
from keys.providers.patience import Patience
from keys.tests.answers import PATIENT, account

FIND: Final = Tool(
    "find_order",
    "Find an order by its number.",
    '{"type": "object", "properties": {"number": {"type": "integer"}}}',
)


@dataclass(frozen=True, slots=True)
class Provider:
    """An adapter and its server; what the wire format calls an answer cut off, or filtered."""

    name: str
    adapter: Callable[..., ChatModel]
    server: Callable[[], WireServer]
    model: str
    too_long: str
    filtered: str
    # What the environment could add to a customer's request.
    environment: tuple[str, ...]

    def chat(
        self, base_url: str, patience: Patience = PATIENT, whose: Account | None = None
    ) -> ChatModel:
        """A model of the adapter, under an account at a server."""
        return self.adapter(account=whose or account(base_url), name=self.model, patience=patience)

    def __str__(self) -> str:
        return self.name


PROVIDERS: Final = (
    Provider(
        "openai",
        OpenAIChat,
        OpenAIServer,
        "gpt-5.6-luna",
        "length",
        "content_filter",
        ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_CUSTOM_HEADERS"),
    ),
    Provider(
        "anthropic",
        AnthropicChat,
        AnthropicServer,
        "claude-haiku-5-5",
        "max_tokens",
        "refusal",
        ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS"),
    ),
    Provider(
        "gemini",
        GeminiChat,
        GeminiServer,
        "gemini-3.5-flash",
        "MAX_TOKENS",
        "SAFETY",
        ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
    ),
)


def sent_by(server: WireServer) -> list[dict[str, Any]]:
    """The bodies of the requests that a server has seen."""
    return [seen.body for seen in server.requests]
