"""A prompt in the words of OpenAI's wire format."""

from __future__ import annotations

from typing import Any

import orjson

from keys.providers.base import ChatRequest, PromptMessage, ToolCall


def messages_of(request: ChatRequest) -> list[dict[str, Any]]:
    """The whole prompt; what came of a tool call is a message of its own."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": request.instructions}]
    for message in request.messages:
        messages += _messages_of(message)
    return messages


def tools_of(request: ChatRequest) -> list[dict[str, Any]]:
    """The tools that the model may ask for."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": orjson.loads(tool.parameters),
            },
        }
        for tool in request.tools
    ]


def _messages_of(message: PromptMessage) -> list[dict[str, Any]]:
    if message.calls:
        calls = [_call(call) for call in message.calls]
        return [{"role": "assistant", "content": message.text or None, "tool_calls": calls}]
    messages: list[dict[str, Any]] = [
        {"role": "tool", "tool_call_id": result.call_id, "content": result.text}
        for result in message.results
    ]
    if message.text or not messages:
        messages.append({"role": message.role, "content": message.text})
    return messages


def _call(call: ToolCall) -> dict[str, Any]:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    }
