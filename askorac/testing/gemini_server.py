"""A local server that speaks Gemini's wire format, with faults on demand.

In tests: ``with running(GeminiServer()) as server:`` and then ``server.base_url``. By hand:
``python -m askorac.testing.gemini_server --port 9000 --token-seconds 0.02``.
"""

from __future__ import annotations

from dataclasses import dataclass

from askorac.testing import wires
from askorac.testing.gemini_wire import Exchange
from askorac.testing.wire_server import WireServer, main


@dataclass(slots=True)
class GeminiServer(WireServer):
    """Answers as Gemini does."""

    exchange: type[wires.Exchange] = Exchange
    root: str = ""


if __name__ == "__main__":
    main(Exchange)
