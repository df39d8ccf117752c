"""A prompt in the words of Gemini's wire format."""

from __future__ import annotations

from typing import Any

import orjson

from keys.providers.base import ChatRequest, PromptMessage, ToolCall, ToolResult
from keys.providers.gemini.frames import UNNAMED


def contents_of(request: ChatRequest) -> list[dict[str, Any]]:
    """The messages of the prompt; its instructions stand apart."""
    return [
        {"role": "user" if message.role == "user" else "model", "parts": _parts_of(message)}
        for message in request.messages
    ]


def tools_of(request: ChatRequest) -> list[dict[str, Any]]:
    """The tools that the model may ask for."""
    declarations = [
        {
            "name": tool.name,
            "description": tool.description,
            "parametersJsonSchema": orjson.loads(tool.parameters),
        }
        for tool in request.tools
    ]
    return [{"functionDeclarations": declarations}]


def _parts_of(message: PromptMessage) -> list[dict[str, Any]]:
    parts = [_result(result) for result in message.results]
    if message.text or not (parts or message.calls):
        parts.append({"text": message.text})
    return parts + [_call(call) for call in message.calls]


def _call(call: ToolCall) -> dict[str, Any]:
    asked = {"name": call.name, "args": orjson.loads(call.arguments), **_named(call.id)}
    signature = {"thoughtSignature": call.signature} if call.signature else {}
    return {"functionCall": asked, **signature}


def _result(result: ToolResult) -> dict[str, Any]:
    told = {"error" if result.is_error else "result": result.text}
    answer = {"name": result.name, "response": told, **_named(result.call_id)}
    return {"functionResponse": answer}


def _named(call_id: str) -> dict[str, str]:
    return {} if call_id.startswith(UNNAMED) else {"id": call_id}
