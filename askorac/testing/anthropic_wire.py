"""One exchange in Anthropic's wire format, as the provider would hold it, or break it."""

from __future__ import annotations

from typing import Any, ClassVar

from askorac.testing import wires
from askorac.testing.wires import Fault, frame


class Exchange(wires.Exchange):
    """Messages."""

    refusals: ClassVar = {
        Fault.REJECTED: (401, "authentication_error"),
        Fault.FORBIDDEN: (403, "permission_error"),
        Fault.LIMITED: (429, "rate_limit_error"),
        Fault.NO_CREDIT: (402, "billing_error"),
        Fault.UNKNOWN_MODEL: (404, "not_found_error"),
        Fault.TOO_LONG: (413, "request_too_large"),
        Fault.BROKEN: (500, "api_error"),
        Fault.OVERLOADED: (529, "overloaded_error"),
    }
    half_a_frame: ClassVar = b'event: content_block_delta\ndata: {"type": "content_block_del\n\n'

    async def answer_otherwise(self) -> bool:
        if "/v1/models" not in self.request.path:
            return False
        model = {"type": "model", "id": "claude-haiku-4-5", "display_name": "Claude Haiku 4.5"}
        is_list = self.request.path.partition("?")[0].endswith("/models")
        self.send_json(200, {"data": [model], "has_more": False} if is_list else model)
        return True

    def refusal(self, status: int, code: str, message: str) -> Any:
        return {"type": "error", "error": {"type": code, "message": message}}

    def opening(self) -> bytes:
        usage = {"input_tokens": 50, "cache_read_input_tokens": 40, "output_tokens": 1}
        if self.behaviour.counts_tokens:
            usage["cache_creation_input_tokens"] = 10
        message = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": self.request.body.get("model", ""),
            "content": [],
            "usage": usage if self.behaviour.counts_tokens else {},
        }
        text = {"type": "text", "text": ""}
        return (
            _event("message_start", message=message)
            + _event("content_block_start", index=0, content_block=text)
            + _event("ping")
        )

    def said(self, token: str) -> bytes:
        return _event("content_block_delta", index=0, delta={"type": "text_delta", "text": token})

    def called(self, index: int, name: str, arguments: str) -> bytes:
        half = len(arguments) // 2
        block = {"type": "tool_use", "id": f"call_{index}", "name": name, "input": {}}
        at = index + 1
        frames = _event("content_block_start", index=at, content_block=block)
        for part in ("", arguments[:half], arguments[half:]):
            delta = {"type": "input_json_delta", "partial_json": part}
            frames += _event("content_block_delta", index=at, delta=delta)
        return frames + _event("content_block_stop", index=at)

    def ending(self, token_count: int) -> bytes:
        usual = "tool_use" if self.behaviour.calls else "end_turn"
        delta = {"stop_reason": self.behaviour.finish_reason or usual, "stop_sequence": None}
        usage = {"output_tokens": token_count} if self.behaviour.counts_tokens else {}
        return (
            _event("content_block_stop", index=0)
            + _event("message_delta", delta=delta, usage=usage)
            + _event("message_stop")
        )

    def broken(self, message: str) -> bytes:
        return _event("error", error={"type": "api_error", "message": message})


def _event(kind: str, **content: Any) -> bytes:
    return frame({"type": kind, **content}, event=kind)


def thoughts(text: str, signature: str) -> bytes:
    """What a model thinks before it answers, framed, as the second block of an answer."""
    block = {"type": "thinking", "thinking": "", "signature": ""}
    return (
        _event("content_block_start", index=9, content_block=block)
        + _event("content_block_delta", index=9, delta={"type": "thinking_delta", "thinking": text})
        + _event(
            "content_block_delta",
            index=9,
            delta={"type": "signature_delta", "signature": signature},
        )
        + _event("content_block_stop", index=9)
    )
