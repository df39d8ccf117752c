"""Answers as they stream: what a token costs, how long the first one takes, and what is lost.

Each is measured on the product and on the pass-through in turn, by the same visitors and with
the same provider.
"""

import asyncio
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from bench import figures, provider
from bench.figures import Detail, Figure, Measured
from bench.product import Product, processor_seconds, running_passthrough
from bench.provider import Pace
from bench.visitors import Crowd, Place, ask_together, evenly

DENSE: Final = Pace(tokens=400, tokens_a_second=40)
SHORT: Final = Pace(tokens=16, tokens_a_second=40)
STEADY: Final = Pace(tokens=300, tokens_a_second=20)
CROWDED: Final = Pace(tokens=100, tokens_a_second=20)
QUESTION: Final = "Does a parcel come back that was ordered by mistake?"


@dataclass(frozen=True, slots=True)
class Server:
    """A web process that answers questions, and how to tell its provider the pace."""

    place: Place
    process: psutil.Process
    provider_url: str


class StreamsLost(Exception):
    """Answers were cut short or refused, so that what was measured of them means nothing."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many visitors come, and how long the answers are; the tests take few, and short ones."""

    few: int = 50
    many: int = 200
    crowd: int = 1_000
    rounds: int = 2
    arrival_seconds: float = 10.0
    dense: Pace = DENSE
    short: Pace = SHORT
    steady: Pace = STEADY
    crowded: Pace = CROWDED


def measure(
    product: Product, public_key: str, folder: Path, sizes: Sizes | None = None
) -> Measured:
    """The figures of streaming."""
    sizes = sizes or Sizes()
    ours = Server(Place(product.port, public_key), product.web, product.provider_url)
    with running_passthrough(folder, product.provider_url) as (port, process):
        bare = Server(Place(port, public_key), process, product.provider_url)
        return compare(ours, bare, sizes)


def compare(ours: Server, bare: Server, sizes: Sizes) -> Measured:
    """The figures of a server against those of the bare one."""
    for server in (ours, bare):
        # What is loaded late is loaded now.
        _tell(server, sizes.short, evenly(8, seconds=min(0.5, sizes.arrival_seconds)))
    parts = (
        _tokens(ours, bare, figures.TOKENS_50, sizes.few, sizes),
        _tokens(ours, bare, figures.TOKENS_200, sizes.many, sizes),
        _first_token(ours, bare, sizes),
        _crowd(ours, sizes),
    )
    return Measured(
        figures=tuple(figure for part in parts for figure in part.figures),
        details=tuple(detail for part in parts for detail in part.details),
    )


def _tokens(ours: Server, bare: Server, row: figures.Row, count: int, sizes: Sizes) -> Measured:
    """Processor time per token of whole long answers, and of a question by itself."""
    delays = evenly(count, seconds=1.0)
    long = _in_turn(
        ours, bare, lambda server: _tell(server, sizes.dense, delays).metered, sizes.rounds
    )
    short = _in_turn(ours, bare, lambda server: _tell(server, sizes.short, delays).metered, 1)
    of = f"{count} streams"
    return Measured(
        (Figure(row, long[0] / long[1]),),
        (
            *_shares(f"AskOrac, {of}", count, long[0], short[0], sizes),
            *_shares(f"pass-through, {of}", count, long[1], short[1], sizes),
        ),
    )


def _shares(of: str, count: int, long: float, short: float, sizes: Sizes) -> tuple[Detail, ...]:
    """What of the processor time, in seconds, of long and of short answers is whose."""
    token = (long - short) / count / (sizes.dense.token_count - sizes.short.token_count)
    question = short / count - token * sizes.short.token_count
    whole = long / count / sizes.dense.token_count
    return (
        Detail(f"{of}: processor time per token, all included", 1e6 * whole, "us"),
        Detail(f"{of}: processor time per token alone", 1e6 * token, "us"),
        Detail(f"{of}: processor time per question", 1e3 * question, "ms"),
    )


def _first_token(ours: Server, bare: Server, sizes: Sizes) -> Measured:
    """Questions that arrive evenly while the answers before them stream."""
    delays = evenly(sizes.many, seconds=sizes.arrival_seconds)

    def wait(server: Server) -> float:
        return _tell(server, sizes.steady, delays).median_first_token()

    mine, least = _in_turn(ours, bare, wait, sizes.rounds)
    of = f"median time to first token, {sizes.many} streams"
    return Measured(
        (Figure(figures.FIRST_TOKEN, 1e3 * (mine - least)),),
        (
            Detail(f"AskOrac: {of}", 1e3 * mine, "ms"),
            Detail(f"pass-through: {of}", 1e3 * least, "ms"),
        ),
    )


def _crowd(ours: Server, sizes: Sizes) -> Measured:
    """All at once, from connecting to the last word."""
    crowd = _flood(ours, sizes.crowded, [0.0] * sizes.crowd, at_once=True)
    of = f"{sizes.crowd} at once"
    return Measured(
        (Figure(figures.LOST, crowd.lost(len(sizes.crowded.text))),),
        (
            Detail(f"{of}: median time to first token", crowd.median_first_token(), "s"),
            Detail(f"{of}: slowest first token", crowd.slowest_first_token(), "s"),
        ),
    )


def _in_turn(
    ours: Server, bare: Server, run: Callable[[Server], float], rounds: int
) -> tuple[float, float]:
    """The medians of both, measured in turn."""
    runs: Sequence[tuple[float, float]] = [(run(ours), run(bare)) for _ in range(rounds)]
    return statistics.median(r[0] for r in runs), statistics.median(r[1] for r in runs)


def _tell(server: Server, pace: Pace, delays: Sequence[float]) -> Crowd:
    """Let visitors ask, with the process's clock for a meter. Raises StreamsLost."""
    crowd = _flood(server, pace, delays, at_once=False)
    if lost := crowd.lost(len(pace.text)):
        ends = Counter(each.end for each in crowd.heard)
        raise StreamsLost(f"{lost} of {len(delays)}; they ended thus: {dict(ends)}")
    return crowd


def _flood(server: Server, pace: Pace, delays: Sequence[float], *, at_once: bool) -> Crowd:
    provider.behave(server.provider_url, pace)
    return asyncio.run(
        ask_together(
            server.place,
            QUESTION,
            delays=delays,
            meter=lambda: processor_seconds(server.process),
            at_once=at_once,
        )
    )
