"""What the frames of Anthropic's messages say."""

from __future__ import annotations

from typing import Any, Final

import orjson

from keys.providers import frames
from keys.providers.anthropic.faults import fault_in_stream
from keys.providers.base import FinishReason, ToolCall

_FINISH_REASONS: Final[dict[str, FinishReason]] = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "filtered",
    "tool_use": "tool",
}


class AnswerReader(frames.AnswerReader):
    """Reads an answer of Anthropic's wire format.

    Thoughts are not said. If tools are asked for, the provider wants its thoughts back with the
    calls: the signature of the first one holds them.
    """

    def __init__(self) -> None:
        super().__init__()
        self._thoughts: dict[int, dict[str, Any]] = {}

    def read(self, chunk: dict[str, Any]) -> str:
        """The text of one frame; raises a ProviderFault if the frame is an error."""
        kind = chunk.get("type")
        if kind == "content_block_delta":
            return self._text_of_delta(chunk["index"], chunk["delta"])
        if kind == "content_block_start":
            return self._begin_block(chunk["index"], chunk["content_block"])
        if kind == "message_start":
            self._count(chunk["message"].get("usage") or {})
        elif kind == "message_delta":
            self._count(chunk.get("usage") or {})
            if reason := chunk["delta"].get("stop_reason"):
                self.finish(_FINISH_REASONS.get(reason, "stop"))
        elif kind == "message_stop":
            self.is_done = True
        elif kind == "ping":
            self.frame_count -= 1  # it keeps the connection alive and says nothing of an answer
        elif kind == "error":
            raise fault_in_stream(chunk["error"].get("type"), chunk["error"].get("message"))
        return ""  # the provider may add kinds of frames

    def calls(self) -> tuple[ToolCall, ...]:
        """The tools that the complete answer asks for; ProviderUnavailable for a broken call."""
        if self._calls and self._thoughts:
            thoughts = [thought for _, thought in sorted(self._thoughts.items())]
            self._calls[min(self._calls)].signature = orjson.dumps(thoughts).decode()
        return super().calls()

    def _begin_block(self, index: int, block: dict[str, Any]) -> str:
        kind = block["type"]
        if kind == "tool_use":
            call = self.call(index)
            call.id, call.name = str(block["id"]), str(block["name"])
        elif kind in ("thinking", "redacted_thinking"):
            self._thoughts[index] = block
        return str(block.get("text") or "") if kind == "text" else ""

    def _text_of_delta(self, index: int, delta: dict[str, Any]) -> str:
        kind = delta["type"]
        if kind == "text_delta":
            text = delta["text"]
            return text if isinstance(text, str) else ""
        if kind == "input_json_delta":
            self.call(index).arguments += delta["partial_json"]
        elif kind == "thinking_delta":
            self._thoughts[index]["thinking"] += delta["thinking"]
        elif kind == "signature_delta":
            self._thoughts[index]["signature"] = delta["signature"]
        return ""

    def _count(self, usage: dict[str, Any]) -> None:
        """Take what is told; what was read from the cache, or written to it, is told apart."""
        if usage.get("input_tokens") is not None:
            cached = int(usage.get("cache_read_input_tokens") or 0)
            written = int(usage.get("cache_creation_input_tokens") or 0)
            self.cached_input_tokens = cached
            self.input_tokens = int(usage["input_tokens"]) + cached + written
        self.output_tokens = int(usage.get("output_tokens") or self.output_tokens)
