"""What the frames of Gemini's streams say."""

from __future__ import annotations

from typing import Any, Final

import orjson

from keys.providers import frames
from keys.providers.base import FinishReason, ProviderUnavailable
from keys.providers.faults import MALFORMED
from keys.providers.gemini.faults import fault_told

# A call that came without an id; the provider knows nothing of the one it gets.
UNNAMED: Final = "unnamed-"

_FINISH_REASONS: Final[dict[str, FinishReason]] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "filtered",
    "RECITATION": "filtered",
    "LANGUAGE": "filtered",
    "BLOCKLIST": "filtered",
    "PROHIBITED_CONTENT": "filtered",
    "SPII": "filtered",
    "MODEL_ARMOR": "filtered",
    "ESCALATION": "filtered",
    "OTHER": "filtered",
}
_FAILURES: Final = frozenset(
    {
        "MALFORMED_FUNCTION_CALL",
        "MALFORMED_RESPONSE",
        "MISSING_THOUGHT_SIGNATURE",
        "TOO_MANY_TOOL_CALLS",
        "UNEXPECTED_TOOL_CALL",
    }
)


class AnswerReader(frames.AnswerReader):
    """Reads an answer of Gemini's wire format. Thoughts are not said."""

    def read(self, chunk: dict[str, Any]) -> str:
        """The text of one frame; raises a ProviderFault if the frame is an error."""
        if error := chunk.get("error"):
            raise fault_told(int(error.get("code") or 500), error)
        if usage := chunk.get("usageMetadata"):
            self._count(usage)
        if not (candidates := chunk.get("candidates")):
            if (chunk.get("promptFeedback") or {}).get("blockReason"):
                self.finish("filtered")
            return ""
        candidate = candidates[0]
        parts = (candidate.get("content") or {}).get("parts") or ()
        text = "".join([self._read_part(part) for part in parts])
        if reason := candidate.get("finishReason"):
            if reason in _FAILURES:
                raise ProviderUnavailable(MALFORMED, is_down=False)
            self.finish(_FINISH_REASONS.get(reason, "stop"))
        return text

    def _read_part(self, part: dict[str, Any]) -> str:
        if asked := part.get("functionCall"):
            self._add_call(asked, part)
        if part.get("thought"):
            return ""
        text = part.get("text")
        return text if isinstance(text, str) else ""

    def _add_call(self, asked: dict[str, Any], part: dict[str, Any]) -> None:
        """Calls come whole, one after another."""
        index = len(self._calls)
        call = self.call(index)
        call.id = asked.get("id") or f"{UNNAMED}{index}"
        call.name = str(asked["name"])
        call.arguments = orjson.dumps(asked.get("args") or {}).decode()
        call.signature = part.get("thoughtSignature") or ""

    def _count(self, usage: dict[str, Any]) -> None:
        self.input_tokens = int(usage.get("promptTokenCount") or 0)
        self.output_tokens = int(usage.get("candidatesTokenCount") or 0)
        self.output_tokens += int(usage.get("thoughtsTokenCount") or 0)
        self.cached_input_tokens = int(usage.get("cachedContentTokenCount") or 0)
