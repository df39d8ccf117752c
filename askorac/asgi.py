"""The web process: pages over HTTP, visitors over sockets, and what it opens and closes."""

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "askorac.settings")
django.setup(set_prefix=False)  # before what follows, which needs the apps

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from askorac.web.late import Pages  # noqa: E402
from askorac.web.proxies import BehindProxies  # noqa: E402
from conversations import turns  # noqa: E402
from conversations.broker import close_broker  # noqa: E402
from conversations.routing import routes  # noqa: E402
from conversations.streaming import live_turns  # noqa: E402
from keys.clients import close_clients, warm_up  # noqa: E402

pages = Pages()
DRAIN_SECONDS: Final = 30.0

Message = MutableMapping[str, Any]


async def lifespan(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Open at the start what the loop shares; at the end let answers end, then close it."""
    await receive()
    await turns.open_pool()
    live_turns.open()
    await send({"type": "lifespan.startup.complete"})
    warming = asyncio.create_task(warm_up())
    await receive()
    await live_turns.drain(seconds=DRAIN_SECONDS)
    await warming
    await turns.close_pool()
    await close_broker()
    await close_clients()
    await send({"type": "lifespan.shutdown.complete"})


application = BehindProxies(
    ProtocolTypeRouter({"http": pages, "websocket": URLRouter(routes), "lifespan": lifespan}),
    trusted=settings.TRUSTED_PROXIES,
)
