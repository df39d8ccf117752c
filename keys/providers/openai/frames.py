"""Reading an answer out of the raw bytes of its stream, without an object per token."""

from __future__ import annotations

from typing import Any, Final

import orjson

from keys.providers.base import Completion, FinishReason, ProviderUnavailable
from keys.providers.openai.faults import CUT_SHORT, MALFORMED, fault_in_stream

# No token needs as much; a server that sends no end of frame must not fill the memory.
LONGEST_FRAME: Final = 1 << 20

_FINISH_REASONS: Final[dict[str, FinishReason]] = {"length": "length", "content_filter": "filtered"}


class AnswerReader:
    """Takes the body as it comes off the network and gives the text that is new in it.

    ``frame_count`` counts frames (comments that only keep a connection alive are none),
    ``is_finished`` says that the text is complete, ``is_done`` that nothing is to follow.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._finish_reason: FinishReason | None = None
        self._input_tokens = 0
        self._output_tokens = 0
        self.frame_count = 0
        self.is_done = False

    @property
    def is_finished(self) -> bool:
        return self._finish_reason is not None

    def feed(self, data: bytes) -> str:
        """The text of all frames that ``data`` completes, in one piece.

        Raises a ProviderFault for a frame that is an error or not a frame at all.
        """
        frames = (self._rest + data).replace(b"\r\n", b"\n").split(b"\n\n")
        self._rest = frames.pop()
        if len(self._rest) > LONGEST_FRAME:
            raise ProviderUnavailable(MALFORMED)
        return "".join([self._text_of(frame) for frame in frames])

    def end(self) -> str:
        """The text of a last frame that nothing ended, once the body is over."""
        return self.feed(b"\n\n")

    def completion(self) -> Completion:
        """The end of the answer; ProviderUnavailable if the stream stopped before it."""
        if self._finish_reason is None:
            raise ProviderUnavailable(CUT_SHORT)
        return Completion(self._finish_reason, self._input_tokens, self._output_tokens)

    def _text_of(self, frame: bytes) -> str:
        payload = _payload(frame)
        if not payload or self.is_done:
            return ""
        if payload == b"[DONE]":
            self.is_done = True
            return ""
        self.frame_count += 1
        try:
            return self._read(orjson.loads(payload))
        except (ValueError, TypeError, KeyError, AttributeError):
            malformed = ProviderUnavailable(MALFORMED)
        raise malformed

    def _read(self, chunk: dict[str, Any]) -> str:
        if error := chunk.get("error"):
            raise fault_in_stream(error.get("code"))
        if usage := chunk.get("usage"):
            self._count(usage)
        if not (choices := chunk.get("choices")):
            return ""
        choice = choices[0]
        if reason := choice.get("finish_reason"):
            self._finish_reason = _FINISH_REASONS.get(reason, "stop")
        delta = choice.get("delta") or {}
        text = delta.get("content") or delta.get("refusal") or ""
        return text if isinstance(text, str) else ""

    def _count(self, usage: dict[str, Any]) -> None:
        self._input_tokens = int(usage.get("prompt_tokens") or 0)
        self._output_tokens = int(usage.get("completion_tokens") or 0)


def _payload(frame: bytes) -> bytes:
    """What stands in the data lines of a frame; empty for comments and nameless events."""
    if frame.startswith(b"data:") and b"\n" not in frame:
        return frame[5:].strip()
    lines = [line[5:].strip() for line in frame.split(b"\n") if line.startswith(b"data:")]
    return b"\n".join(lines)
