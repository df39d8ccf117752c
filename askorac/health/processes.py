"""The doctor asks what runs: the worker, the models, and the web process from outside."""

import asyncio
import base64
import http.client
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from redis import Redis

from askorac.environment import read
from askorac.jobs.heartbeat import SCHEDULE_KEY, silent_for
from keys.clients import ProviderFault, check_models

from .examination import Finding, ill, well
from .sessions import PATIENCE
from .tasks import answer, answer_key

WORKER_SECONDS: Final = 10.0
BEAT_SECONDS: Final = 12.0
WEB_SECONDS: Final = 5.0
NOT_RUNNING: Final = (
    "AskOrac is not running there. Start it: `make run`, or `manage.py serve` and what belongs to "
    "it. If it runs elsewhere, set PUBLIC_URL to its address."
)
START_BEAT: Final = "Start it: `make run`, or `celery -A askorac beat`, once in an installation."
START_WORKER: Final = "Start one: `make run`, or `celery -A askorac worker` beside `… beat`."


def worker() -> Iterator[Finding]:
    """A task goes through the broker to a worker, which asks the database, and comes back."""
    token, started_at = uuid.uuid4().hex, time.monotonic()
    with Redis.from_url(settings.REDIS_URL, **PATIENCE) as redis:
        redis.ping()  # a broker that is away is found out sooner than Celery would
        answer.apply_async((token,), retry=False, expires=WORKER_SECONDS)
        while time.monotonic() - started_at < WORKER_SECONDS:
            if redis.getdel(answer_key(token)):
                seconds = time.monotonic() - started_at
                yield well("Worker", f"broker, worker and database answered in {seconds:.1f} s")
                yield _schedule()
                return
            time.sleep(0.05)
    yield ill("Worker", f"none answered within {WORKER_SECONDS:.0f} s", START_WORKER)


def _schedule() -> Finding:
    """With a worker that answers, silence is beat's: the sweeper is asked for every five seconds.

    One that was busy until now is given the time to take the next.
    """
    until = time.monotonic() + BEAT_SECONDS
    while (silence := silent_for(SCHEDULE_KEY)) is None or silence > BEAT_SECONDS:
        if time.monotonic() > until:
            return ill("Beat", "nothing that is due has been asked of a worker", START_BEAT)
        time.sleep(0.1)
    return well("Beat", f"what is due was asked for {silence:.0f} s ago")


def models() -> Iterator[Finding]:
    """A word is embedded, and the provider knows the key."""
    try:
        embedding, chat = asyncio.run(check_models())
    except ProviderFault as fault:
        remedy = (
            "Check CHAT_MODEL and EMBEDDING_MODEL, and the …_API_KEY and …_BASE_URL of their "
            "providers: OPENAI, ANTHROPIC or GEMINI."
        )
        yield ill("Models", fault.sentence, remedy)
    except ValueError:
        yield ill(
            "Models", "EMBEDDING_MODEL is not known", "Write it as provider/model/dimensions."
        )
    else:
        yield well("Models", f"{embedding} embeds, {chat} answers")


def web() -> Iterator[Finding]:
    """The web process answers at its address."""
    place = urlsplit(_address())
    alive = _ask(place, "/healthz")
    if alive == http.HTTPStatus.OK:
        yield well("Web process", f"{place.geturl()} answers")
    else:
        told = "does not answer" if alive is None else f"answers {alive}"
        yield ill("Web process", f"{place.geturl()} {told}", NOT_RUNNING)


def doors() -> Iterator[Finding]:
    """A web process that answers is ready, too, and opens sockets as a visitor's browser asks."""
    place = urlsplit(_address())
    if _ask(place, "/healthz") != http.HTTPStatus.OK:
        return
    ready = _ask(place, "/readyz")
    if ready == http.HTTPStatus.OK:
        yield well("Readiness", "/readyz says that every part works")
    else:
        yield ill(
            "Readiness", f"/readyz answers {ready}", "Look at its parts, and at what is ✗ here."
        )
    yield _socket(place)


def _socket(place: SplitResult) -> Finding:
    key = base64.b64encode(os.urandom(16)).decode()
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": "orac.v1",
        "Origin": settings.PUBLIC_URL,
    }
    status = _ask(place, "/ws/chat/doctor/", headers)
    if status == http.HTTPStatus.SWITCHING_PROTOCOLS:
        return well("Sockets", "are opened")
    remedy = "Let the proxy pass the headers Upgrade and Connection on to the web process."
    return ill("Sockets", f"the handshake is answered with {status}", remedy)


def _ask(place: SplitResult, path: str, headers: dict[str, str] | None = None) -> int | None:
    """The status of an answer; None if there is none."""
    is_secure = place.scheme == "https"
    kind = http.client.HTTPSConnection if is_secure else http.client.HTTPConnection
    host = place.hostname or "localhost"
    with closing(kind(host, place.port, timeout=WEB_SECONDS)) as connection:
        try:
            connection.request("GET", path, headers=headers or {})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None


def _address() -> str:
    """Where the web process is: PUBLIC_URL, else the port that `make run` has written down."""
    port = read("WEB_PORT")
    if port and not read("PUBLIC_URL"):
        return f"http://localhost:{port}"
    return settings.PUBLIC_URL
