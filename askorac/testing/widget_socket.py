"""A server that serves the widget and speaks its protocol by a script, one script a connection.

It shows the widget what no real server would: frames that come twice, a connection that is cut in
the middle of an answer, text that tries to become markup.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Self, TypeAlias
from urllib.parse import urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

from askorac.environment import BASE_DIR

WIDGET = BASE_DIR / "static" / "widget"
SUBPROTOCOL = Subprotocol("orac.v1")
PUBLIC_KEY = "pk_scripted"
WAIT_SECONDS = 60.0
CHARACTERS_A_TOKEN = 12

Frame: TypeAlias = dict[str, Any]

PROJECT: Frame = {
    "name": "Lighthouse help",
    "greeting": "Hello. Ask about the lighthouse.",
    "accent": "#0b6480",
    "suggestions": ["How tall is it?", "When is it open?", "Who built it?"],
    "language_model": True,
}


class Line:
    """One connection, from the server's side."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection

    def expect(self, kind: str) -> Frame:
        """The next frame but pings; raises AssertionError when it is another one, or none comes."""
        while True:
            frame: Frame = json.loads(self._connection.recv(timeout=WAIT_SECONDS))
            if frame["type"] == kind:
                return frame
            assert frame["type"] == "ping", f"{kind} was expected, {frame} came"

    def send(self, kind: str, **fields: Any) -> None:
        """One frame to the widget."""
        self._connection.send(json.dumps({"type": kind, **fields}))

    def greet(self, **fields: Any) -> Frame:
        """Wait for the hello and answer it; `project` fields are merged. Returns the hello."""
        hello = self.expect("hello")
        project = {**PROJECT, **fields.pop("project", {})}
        told = {"conversation": "c1", "resume": "r1", "messages": [], **fields}
        self.send("ready", project=project, **told)
        return hello

    def start(self) -> str:
        """Wait for a question and take it. Returns its id."""
        asked: str = self.expect("ask")["id"]
        self.send("started", id=asked, message=f"m-{asked}")
        return asked

    def tell(self, asked: str, text: str, *, at: int = 0, to: int | None = None) -> None:
        """One token."""
        self.send("token", id=asked, text=text, at=at, to=at + len(text) if to is None else to)

    def finish(self, asked: str, text: str, **fields: Any) -> None:
        """The end of an answer."""
        told = {"confidence": 0.9, "answered": True, "suggestions": [], **fields}
        self.send("finished", id=asked, message=f"m-{asked}", text=text, **told)

    def answer(self, text: str, *, citations: list[Frame] | None = None, **fields: Any) -> str:
        """Take a question and answer it whole, in small tokens. Returns its id."""
        asked = self.start()
        for at in range(0, len(text), CHARACTERS_A_TOKEN):
            self.tell(asked, text[at : at + CHARACTERS_A_TOKEN], at=at)
        if citations:
            self.send("citations", id=asked, items=citations)
        self.finish(asked, text, **fields)
        return asked

    def close(self, code: int = 1000) -> None:
        """Close the connection, with a code."""
        self._connection.close(code)

    def cut(self) -> None:
        """Break the connection without a word."""
        self._connection.socket.shutdown(2)

    def idle(self) -> None:
        """Listen until the widget leaves."""
        for _ in self._connection:
            pass


Script: TypeAlias = Callable[[Line], None]


class WidgetServer:
    """The host of the widget. `scripts` are played in order, the last one again and again."""

    def __init__(self) -> None:
        self.scripts: deque[Script] = deque()
        self.requests: list[str] = []
        self.pages: dict[str, str] = {}
        self.faults: list[BaseException] = []
        self.connections = 0
        self._server: Server | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.socket.getsockname()[1]}"

    def play(self, *scripts: Script) -> None:
        """What to say to the next connections."""
        self.scripts = deque(scripts)

    def tag(self, attributes: str = "") -> str:
        """The script tag that a page carries."""
        return (
            f'<script async src="{self.url}/widget.js" data-orac-project="{PUBLIC_KEY}"'
            f" {attributes}></script>"
        )

    def __enter__(self) -> Self:
        self._server = serve(
            self._connected,
            "127.0.0.1",
            0,
            subprotocols=[SUBPROTOCOL],
            process_request=self._requested,
        )
        threading.Thread(target=self._server.serve_forever).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        if self.faults:
            raise AssertionError("A script was not followed") from self.faults[0]

    def _connected(self, connection: ServerConnection) -> None:
        self.connections += 1
        script = self.scripts.popleft() if len(self.scripts) > 1 else self.scripts[0]
        line = Line(connection)
        try:
            script(line)
            line.idle()
        except ConnectionClosed:
            return  # the widget left before the script's end, as it may
        except (AssertionError, TimeoutError, OSError) as fault:
            self.faults.append(fault)

    def _requested(self, connection: ServerConnection, request: Request) -> Response | None:
        path = urlsplit(request.path).path
        if path.startswith("/ws/"):
            return None
        self.requests.append(path)
        if path in self.pages:
            return _response(self.pages[path].encode(), "text/html; charset=utf-8")
        name = "loader.js" if path == "/widget.js" else path.removeprefix("/static/widget/")
        file = WIDGET / name
        if WIDGET not in file.resolve().parents or not file.is_file():
            return connection.respond(HTTPStatus.NOT_FOUND, "")
        return _response(file.read_bytes(), "text/javascript; charset=utf-8")


def _response(body: bytes, content_type: str) -> Response:
    headers = {
        "Content-Type": content_type,
        "Content-Length": str(len(body)),
        "Access-Control-Allow-Origin": "*",
        "Connection": "close",
    }
    return Response(HTTPStatus.OK, "OK", Headers(headers), body)


@contextmanager
def widget_server() -> Iterator[WidgetServer]:
    """A running server; leaving it fails if the widget did not follow a script."""
    with WidgetServer() as server:
        yield server
