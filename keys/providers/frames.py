"""Reading an answer out of the raw bytes of its stream, without an object per token.

All three providers send Server-Sent Events with JSON in them; what the JSON means, each adapter's
reader knows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Final

import orjson

from keys.providers.base import Completion, FinishReason, ProviderUnavailable, ToolCall
from keys.providers.faults import CUT_SHORT, EMPTY, MALFORMED

# No token needs as much; a server that sends no end of frame must not fill the memory.
LONGEST_FRAME: Final = 1 << 20
LONGEST_CALLS: Final = 1 << 20


@dataclass(slots=True)
class CallInTheMaking:
    """A tool call, as far as it was heard."""

    id: str = ""
    name: str = ""
    arguments: str = ""
    signature: str = ""


class AnswerReader(ABC):
    """Takes the body as it comes off the network and gives the text that is new in it.

    ``frame_count`` counts frames (what only keeps a connection alive is none), ``has_spoken``
    says that there was text or a call among them, ``is_finished`` that the answer is complete,
    ``is_done`` that nothing is to follow.
    """

    def __init__(self) -> None:
        self.frame_count = 0
        self.has_spoken = False
        self.is_done = False
        self.finish_reason: FinishReason | None = None
        self.input_tokens = 0
        self.output_tokens = 0
        self.cached_input_tokens = 0
        self._rest = b""
        self._calls: dict[int, CallInTheMaking] = {}

    @abstractmethod
    def read(self, chunk: dict[str, Any]) -> str:
        """The text of one frame; raises a ProviderFault if the frame is an error.

        What it can't make sense of may raise ValueError, TypeError, KeyError, AttributeError or
        IndexError.
        """

    @property
    def is_finished(self) -> bool:
        return self.finish_reason is not None

    def feed(self, data: bytes) -> str:
        """The text of all frames that ``data`` completes, in one piece.

        Raises a ProviderFault for a frame that is an error or not a frame at all.
        """
        if b"\r" in data or self._rest:
            data = (self._rest + data).replace(b"\r\n", b"\n")
        frames = data.split(b"\n\n")
        self._rest = frames.pop()
        if len(self._rest) > LONGEST_FRAME:
            raise ProviderUnavailable(MALFORMED)
        text = "".join([self._text_of(frame) for frame in frames])
        self.has_spoken = self.has_spoken or bool(text)
        return text

    def end(self) -> str:
        """The text of a last frame that nothing ended, once the body is over."""
        return self.feed(b"\n\n")

    def calls(self) -> tuple[ToolCall, ...]:
        """The tools that the complete answer asks for; ProviderUnavailable for a broken call."""
        if self.finish_reason != "tool":
            return ()
        return tuple(_whole(call) for _, call in sorted(self._calls.items()))

    def completion(self) -> Completion:
        """The end of the answer; ProviderUnavailable if there is none, or nothing before it."""
        if self.finish_reason is None:
            raise ProviderUnavailable(CUT_SHORT)
        if self.finish_reason in ("stop", "tool") and not self.has_spoken:
            raise ProviderUnavailable(EMPTY, is_down=False)
        return Completion(
            self.finish_reason, self.input_tokens, self.output_tokens, self.cached_input_tokens
        )

    def call(self, index: int) -> CallInTheMaking:
        """The call that a frame adds to."""
        self.has_spoken = True
        call = self._calls.setdefault(index, CallInTheMaking())
        if sum(len(each.arguments) for each in self._calls.values()) > LONGEST_CALLS:
            raise ProviderUnavailable(MALFORMED)
        return call

    def finish(self, reason: FinishReason) -> None:
        """Note that the answer is complete."""
        self.finish_reason = "tool" if reason == "stop" and self._calls else reason

    def _text_of(self, frame: bytes) -> str:
        payload = payload_of(frame)
        if not payload or self.is_done:
            return ""
        if payload == b"[DONE]":
            self.is_done = True
            return ""
        self.frame_count += 1
        try:
            return self.read(orjson.loads(payload))
        except (ValueError, TypeError, KeyError, AttributeError, IndexError):
            malformed = ProviderUnavailable(MALFORMED)
        raise malformed


def payload_of(frame: bytes) -> bytes:
    """What stands in the data lines of a frame; empty for comments and nameless events."""
    start = 5 if frame.startswith(b"data:") else frame.find(b"\ndata:") + 6
    if start == 5 and not frame.startswith(b"data:"):
        return b""
    if frame.find(b"\n", start) < 0:
        return frame[start:].strip()
    lines = [line[5:].strip() for line in frame.split(b"\n") if line.startswith(b"data:")]
    return b"\n".join(lines)


def _whole(call: CallInTheMaking) -> ToolCall:
    arguments = call.arguments or "{}"
    try:
        is_object = isinstance(orjson.loads(arguments), dict)
    except ValueError:
        is_object = False
    if not (is_object and call.name):
        raise ProviderUnavailable(MALFORMED, is_down=False)
    return ToolCall(call.id, call.name, arguments, call.signature)
