"""The local embedding model: meaning, speed for many at once, and no network."""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import threading
import time

import numpy as np
import pytest

from askorac.testing.waiting import TRIES, wait_until
from keys.providers.base import Vectors
from keys.providers.local import LocalEmbedding
from keys.providers.local.batching import Batcher, batcher
from keys.providers.local.minilm import MiniLM

QUESTION = "How do I get my money back?"
REFUND = "You can request a refund within 30 days of purchase."
HISTORY = "The Normans conquered England in 1066."


def embed(texts: list[str]) -> Vectors:
    return asyncio.run(LocalEmbedding().embed(texts))


def test_meaning_counts_and_not_words() -> None:
    question, refund, history = embed([QUESTION, REFUND, HISTORY])
    assert question @ refund > 0.5
    assert question @ history < 0.1


def test_rows_are_normalised_and_in_order() -> None:
    texts = [REFUND, "Short.", HISTORY * 40, QUESTION, "", "\ud800"] * 8
    together = embed(texts)
    assert (together.shape, together.dtype) == ((48, 384), np.float32)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    alone = np.concatenate([embed([text]) for text in texts[:6]])
    assert np.allclose(together[:6], alone, atol=1e-4)


def test_nothing_is_embedded_as_nothing() -> None:
    assert embed([]).shape == (0, 384)


def test_long_text_is_embedded_by_its_beginning() -> None:
    beginning = "refund " * 300
    first, second = embed([beginning + HISTORY, beginning + REFUND])
    assert np.allclose(first, second, atol=1e-5)


class CountingModel:
    """Stands in for the model, to see what is run together."""

    def __init__(self) -> None:
        self.runs: list[list[str]] = []
        self.goes_on = threading.Event()

    def encode(self, texts: list[str]) -> Vectors:
        self.runs.append(texts)
        self.goes_on.wait(60)
        return np.array([[len(text), 1.0] for text in texts], np.float32)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> CountingModel:
    model = CountingModel()
    monkeypatch.setattr(Batcher, "_model", model)
    return model


def test_what_waits_is_embedded_together_and_each_once(counted: CountingModel) -> None:
    waiting = Batcher()
    futures = [waiting.submit([f"question {number % 50}"]) for number in range(200)]
    counted.goes_on.set()
    lengths = [int(future.result(60)[0, 0]) for future in futures]
    assert lengths == [len(f"question {number % 50}") for number in range(200)]
    assert sum(map(len, counted.runs)) == 50
    assert len(counted.runs) <= 5


def test_who_has_left_is_not_embedded(counted: CountingModel) -> None:
    waiting = Batcher()
    first = waiting.submit(["runs at once"])
    wait_until(lambda: counted.runs)
    assert waiting.submit(["waits and leaves"]).cancel()
    last = waiting.submit(["stays"])
    counted.goes_on.set()
    assert (first.result(60)[0, 0], last.result(60)[0, 0]) == (12.0, 5.0)
    assert [text for run in counted.runs for text in run] == ["runs at once", "stays"]


def test_failure_reaches_all_who_wait_and_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def encode(self, texts: list[str]) -> Vectors:
            raise MemoryError

    waiting = Batcher()
    monkeypatch.setattr(Batcher, "_model", Broken())
    assert isinstance(waiting.submit(["one"]).exception(60), MemoryError)
    whole = CountingModel()
    whole.goes_on.set()
    monkeypatch.setattr(Batcher, "_model", whole)
    assert waiting.submit(["four"]).result(60)[0, 0] == 4.0


def test_event_loop_is_not_held_up() -> None:
    async def longest_pause() -> tuple[float, float]:
        began = time.monotonic()
        task = asyncio.create_task(
            LocalEmbedding().embed([HISTORY * 10 + str(n) for n in range(24)])
        )
        longest, last = 0.0, began
        while not task.done():
            await asyncio.sleep(0.001)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        return longest, last - began

    def is_held_up() -> bool:
        longest, whole = asyncio.run(longest_pause())
        return longest >= max(0.25, whole / 2)

    embed([QUESTION])
    assert not all(is_held_up() for _ in range(TRIES))  # a busy machine holds it up sometimes


def test_forked_process_embeds_for_itself() -> None:
    expected = embed([QUESTION])
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert np.allclose(pool.apply(embed, ([QUESTION],)), expected, atol=1e-5)


def test_model_is_loaded_without_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("The local model opened a connection.")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert MiniLM().encode([QUESTION]).shape == (1, 384)


def test_process_has_one_batcher() -> None:
    assert batcher() is batcher()
