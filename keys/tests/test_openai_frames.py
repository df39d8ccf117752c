"""Frames as servers send them, cut wherever the network cuts them."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.providers.base import (
    Completion,
    KeyRejected,
    ProviderFault,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
)
from keys.providers.frames import LONGEST_FRAME
from keys.providers.openai.frames import AnswerReader


def frame(content: str, finish_reason: str | None = None) -> bytes:
    choice = {"delta": {"content": content}, "finish_reason": finish_reason}
    return b"data: " + orjson.dumps({"choices": [choice]}) + b"\n\n"


def test_frames_that_came_together_are_one_piece() -> None:
    assert AnswerReader().feed(frame("one ") + frame("two ") + frame("three")) == "one two three"


@given(st.text(max_size=20), st.lists(st.integers(1, 30), max_size=40), st.booleans())
def test_frame_cut_anywhere_is_read_whole(text: str, cuts: list[int], with_returns: bool) -> None:
    body = b": alive\n\n" + frame(text) + b"event: x\nid: 1\n" + frame("end", "length")
    body += b"data: [DONE]\n\n"
    if with_returns:
        body = body.replace(b"\n", b"\r\n")
    reader = AnswerReader()
    said = []
    for cut in cuts:
        said.append(reader.feed(body[:cut]))
        body = body[cut:]
    said += [reader.feed(body), reader.end()]
    assert "".join(said) == text + "end"
    assert reader.completion() == Completion("length", 0, 0)


def test_last_frame_without_an_end_counts() -> None:
    reader = AnswerReader()
    assert reader.feed(frame("all", "stop").rstrip()) == ""
    assert reader.end() == "all"
    assert reader.completion() == Completion("stop", 0, 0)


def test_data_on_several_lines_is_one_frame() -> None:
    assert (
        AnswerReader().feed(b'data: {"choices":\ndata: [{"delta": {"content": "x"}}]}\n\n') == "x"
    )


def test_comments_are_no_sign_of_an_answer() -> None:
    reader = AnswerReader()
    reader.feed(b": processing\n\n" * 3)
    assert reader.frame_count == 0


def test_refusal_of_the_model_is_its_answer() -> None:
    assert AnswerReader().feed(b'data: {"choices": [{"delta": {"refusal": "No."}}]}\n\n') == "No."


@pytest.mark.parametrize(
    "payload",
    [b"{", b"[1]", b"3", b'"text"', b'{"choices": [1]}', b'{"choices": {"a": 1}}', b"\xff\xfe",
     b'{"error": "plain"}', b'{"choices": [{"delta": 1}]}', b'{"usage": {"prompt_tokens": "x"}}'],
)  # fmt: skip
def test_frame_that_is_none_is_a_fault(payload: bytes) -> None:
    with pytest.raises(ProviderUnavailable):
        AnswerReader().feed(b"data: " + payload + b"\n\n")


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (429, RateLimited),
        (502, ProviderUnavailable),
        (401, KeyRejected),
        ("rate_limit_exceeded", RateLimited),
        ("insufficient_quota", KeyRejected),
        ("context_length_exceeded", RequestRefused),
        ("server_error", ProviderUnavailable),
        (None, ProviderUnavailable),
    ],
)
def test_error_in_the_stream_is_told_apart(code: object, fault: type[ProviderFault]) -> None:
    with pytest.raises(fault):
        AnswerReader().feed(b"data: " + orjson.dumps({"error": {"code": code}}) + b"\n\n")


def test_frame_without_end_does_not_fill_the_memory() -> None:
    reader = AnswerReader()
    with pytest.raises(ProviderUnavailable):
        for _ in range(LONGEST_FRAME // 4096 + 1):
            reader.feed(b"x" * 4096)
