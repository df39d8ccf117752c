"""A local server that speaks OpenAI's wire format, with faults on demand.

In tests: ``with running_openai_server() as server:`` and then ``server.base_url``. By hand:
``python -m askorac.testing.openai_server --port 9000 --token-seconds 0.02``; what it has seen
it tells at ``/seen``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from askorac.testing import wires
from askorac.testing.openai_wire import Behaviour, Exchange
from askorac.testing.wire_server import WireServer, main, running


@dataclass(slots=True)
class OpenAIServer(WireServer):
    """Answers as OpenAI does."""

    exchange: type[wires.Exchange] = Exchange


@contextmanager
def running_openai_server(behaviour: Behaviour | None = None) -> Iterator[OpenAIServer]:
    """A server in a thread of its own, so that it goes on whatever the caller's loop does."""
    with running(OpenAIServer(behaviour=behaviour or Behaviour())) as server:
        yield server


if __name__ == "__main__":
    main(Exchange)
