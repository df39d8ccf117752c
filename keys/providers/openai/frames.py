"""What the frames of OpenAI's chat completions say."""

from __future__ import annotations

from typing import Any, Final

from keys.providers import frames
from keys.providers.base import FinishReason
from keys.providers.openai.faults import fault_in_stream

_FINISH_REASONS: Final[dict[str, FinishReason]] = {
    "length": "length",
    "content_filter": "filtered",
    "tool_calls": "tool",
    "function_call": "tool",
}


class AnswerReader(frames.AnswerReader):
    """Reads an answer of OpenAI's wire format."""

    def read(self, chunk: dict[str, Any]) -> str:
        """The text of one frame; raises a ProviderFault if the frame is an error."""
        if error := chunk.get("error"):
            raise fault_in_stream(error.get("code"))
        if usage := chunk.get("usage"):
            self._count(usage)
        if not (choices := chunk.get("choices")):
            return ""
        choice = choices[0]
        delta = choice.get("delta") or {}
        if calls := delta.get("tool_calls"):
            for call in calls:
                self._add_to_call(call)
        if reason := choice.get("finish_reason"):
            self.finish(_FINISH_REASONS.get(reason, "stop"))
        text = delta.get("content") or delta.get("refusal") or ""
        return text if isinstance(text, str) else ""

    def _add_to_call(self, delta: dict[str, Any]) -> None:
        call = self.call(int(delta.get("index") or 0))
        function = delta.get("function") or {}
        call.id = delta.get("id") or call.id
        call.name = function.get("name") or call.name
        call.arguments += function.get("arguments") or ""

    def _count(self, usage: dict[str, Any]) -> None:
        self.input_tokens = int(usage.get("prompt_tokens") or 0)
        self.output_tokens = int(usage.get("completion_tokens") or 0)
        details = usage.get("prompt_tokens_details") or {}
        self.cached_input_tokens = int(details.get("cached_tokens") or 0)
