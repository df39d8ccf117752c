"""A prompt in the words of Anthropic's wire format."""

from __future__ import annotations

from typing import Any

import orjson

from keys.providers.base import ChatRequest, PromptMessage, ToolCall, ToolResult


def messages_of(request: ChatRequest) -> list[dict[str, Any]]:
    """The whole prompt but for the instructions, which have a place of their own."""
    return [{"role": message.role, "content": _content_of(message)} for message in request.messages]


def tools_of(request: ChatRequest) -> list[dict[str, Any]]:
    """The tools that the model may ask for."""
    return [
        {
            "name": tool.name,
            "description": tool.description,
            "input_schema": orjson.loads(tool.parameters),
        }
        for tool in request.tools
    ]


def _content_of(message: PromptMessage) -> str | list[dict[str, Any]]:
    if not (message.calls or message.results):
        return message.text
    # An empty block of text is refused.
    text = [{"type": "text", "text": message.text}] if message.text else []
    thoughts = [
        thought for call in message.calls if call.signature for thought in _thoughts_of(call)
    ]
    results = [_result(result) for result in message.results]
    return [*thoughts, *results, *text, *(_call(call) for call in message.calls)]


def _thoughts_of(call: ToolCall) -> list[dict[str, Any]]:
    thoughts: list[dict[str, Any]] = orjson.loads(call.signature)
    return thoughts


def _call(call: ToolCall) -> dict[str, Any]:
    return {
        "type": "tool_use",
        "id": call.id,
        "name": call.name,
        "input": orjson.loads(call.arguments),
    }


def _result(result: ToolResult) -> dict[str, Any]:
    return {
        "type": "tool_result",
        "tool_use_id": result.call_id,
        "content": result.text,
        "is_error": result.is_error,
    }
