"""The server of the made-up site: two pages, a few files, and the policy of a careful site."""

import json
from functools import partial
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from askorac.environment import DATA_DIR

PAGES = Path(__file__).parent / "pages"
FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/hostile": ("index.html", "text/html; charset=utf-8"),
    "/site.css": ("site.css", "text/css; charset=utf-8"),
    "/hostile.css": ("hostile.css", "text/css; charset=utf-8"),
    "/harbour.svg": ("harbour.svg", "image/svg+xml"),
    "/mark.svg": ("mark.svg", "image/svg+xml"),
}
NOT_LOADED = (
    '<p class="notice">The demo assistant is not loaded yet. Reload this page in a moment.</p>'
)


def serve(port: int, web: str, key: str | None = None) -> ThreadingHTTPServer:
    """A server on loopback that listens already; its `serve_forever` answers.

    `web` is the origin that the widget comes from. Without a `key` the demo project's is read
    anew for each page, because the site may start before that project is there.
    """
    return ThreadingHTTPServer(("127.0.0.1", port), partial(DemoSite, web=web, key=key))


class DemoSite(BaseHTTPRequestHandler):
    """Answers one request."""

    def __init__(self, *arguments: object, web: str, key: str | None) -> None:
        self.web = web
        self.key = key
        super().__init__(*arguments)  # type: ignore[arg-type]  # as the server hands them over

    def do_GET(self) -> None:
        """A page or a file."""
        path = urlsplit(self.path).path
        if path not in FILES:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        name, content_type = FILES[path]
        body = (PAGES / name).read_text(encoding="utf-8")
        if content_type.startswith("text/html"):
            body = self._page(body, is_hostile=path == "/hostile")
        self._answer(body.encode(), content_type)

    do_HEAD = do_GET  # noqa: N815 - likewise

    def log_message(self, *arguments: object) -> None:
        """Nothing: what visitors of the demo site do is nobody's business."""

    def _answer(self, body: bytes, content_type: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", content_security_policy(self.web))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def _page(self, page: str, *, is_hostile: bool) -> str:
        key = self.key or demo_public_key()
        style = '<link rel="stylesheet" href="/hostile.css">' if is_hostile else ""
        return page.replace("<!-- style -->", style).replace(
            "<!-- widget -->", script_tag(self.web, key) if key else NOT_LOADED
        )


def script_tag(web: str, key: str) -> str:
    """The one line that a site needs."""
    src = f"{web}/widget.js"
    return f'<script async src="{escape(src)}" data-orac-project="{escape(key)}"></script>'


def content_security_policy(web: str) -> str:
    """Our own style and pictures; script and connections from the widget's host only."""
    socket = web.replace("http", "ws", 1)
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {web}",
            f"connect-src {web} {socket}",
            "style-src 'self'",
            "img-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


def demo_public_key() -> str | None:
    """The demo project's key, once that project is loaded."""
    path = DATA_DIR / "demo.json"
    if not path.exists():
        return None
    loaded: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return loaded["public_key"]
