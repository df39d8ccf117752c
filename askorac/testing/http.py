"""Visitors of the HTTP door, who hear an answer as Server-Sent Events."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import httpx2

from .sockets import WAIT_SECONDS, Web


@dataclass
class Events:
    """What was heard so far: `events` are (kind, data) in order; `problem` is why nothing was."""

    response: httpx2.Response
    events: list[tuple[str, Any]] = field(default_factory=list)
    problem: dict[str, Any] = field(default_factory=dict)
    comments: int = 0

    @classmethod
    @asynccontextmanager
    async def of(
        cls,
        web: Web,
        public_key: str,
        question: str,
        *,
        path: str = "/api/chat",
        origin: str = "https://shop.example",
        headers: dict[str, str] | None = None,
        **fields: Any,
    ) -> AsyncIterator[Self]:
        """The response to a question, with its events to come."""
        sent = {"project_id": public_key, "message": question, **fields}
        known = {"Origin": origin} if origin else {}
        async with (
            httpx2.AsyncClient(timeout=WAIT_SECONDS) as client,
            client.stream(
                "POST",
                f"http://127.0.0.1:{web.port}{path}",
                json=sent,
                headers={**known, **(headers or {})},
            ) as response,
        ):
            yield cls(response)

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def headers(self) -> httpx2.Headers:
        return self.response.headers

    @property
    def text(self) -> str:
        """The answer, put together from its tokens."""
        return "".join(data["text"] for kind, data in self.events if kind == "token")

    def of_kind(self, kind: str) -> Any:
        """The data of the last event of a kind; fails if there was none."""
        return [data for each, data in self.events if each == kind][-1]

    async def until(self, kind: str = "") -> None:
        """Listen until an event of this kind has come, or to the end."""
        if self.status != 200:
            self.problem = json.loads(await self.response.aread())
            return
        event = ""
        async with asyncio.timeout(WAIT_SECONDS):
            async for line in self.response.aiter_lines():
                if line.startswith(":"):
                    self.comments += 1
                elif line.startswith("event: "):
                    event = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    self.events.append((event, json.loads(line.removeprefix("data: "))))
                    if event == kind:
                        return


async def ask(web: Web, public_key: str, question: str, **options: Any) -> Events:
    """Ask, and listen to the end; what `Events.of` takes."""
    async with Events.of(web, public_key, question, **options) as heard:
        await heard.until()
    return heard
