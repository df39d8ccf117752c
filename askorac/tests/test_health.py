"""`/healthz` and `/readyz`: what they tell of each part, and that they never hang."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.conf import settings
from django.test import Client

from askorac.health import readiness
from askorac.health.readiness import LONGEST_SECONDS, Part, look
from askorac.jobs import heartbeat

CLIENT = Client(SERVER_NAME="localhost")


@pytest.fixture(autouse=True)
def unwatched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is remembered from the test before, and Redis is found anew after each."""
    monkeypatch.setattr(readiness.watch, "_last", None)
    yield
    heartbeat._redis.cache_clear()


@pytest.fixture
def deaf_port() -> Iterator[str]:
    """A port that takes connections and never says a word."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        yield str(listener.getsockname()[1])


def test_process_that_answers_is_alive() -> None:
    answer = CLIENT.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "status"), [("/healthz", 200), ("/readyz", 200), ("/accounts/login/", 400)]
)
@pytest.mark.parametrize("host", ["10.1.2.3:8000", "evil.example", "no host at all"])
def test_probe_may_ask_by_any_host(path: str, status: int, host: str) -> None:
    heartbeat.beat()
    assert CLIENT.get(path, headers={"Host": host}).status_code == status


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_for_reading(path: str) -> None:
    assert CLIENT.post(path).status_code == 405


def test_everything_works() -> None:
    heartbeat.beat()
    answer = CLIENT.get("/readyz")
    told = answer.json()
    assert told["parts"]["worker"].pop("number") < 10
    assert (answer.status_code, told) == (
        200,
        {
            "ready": True,
            "parts": {
                "database": {"ready": True, "state": "reachable"},
                "migrations": {"ready": True, "state": "applied"},
                "redis": {"ready": True, "state": "reachable"},
                "worker": {"ready": True, "state": "working"},
            },
        },
    )


def test_worker_that_was_not_heard_for_half_a_minute_is_silent() -> None:
    heartbeat._redis().set(heartbeat.KEY, time.time() - 31)
    assert CLIENT.get("/readyz").status_code == 503
    worker = look().parts["worker"]
    assert (worker.is_ready, worker.state) == (False, "silent")


def test_worker_that_never_worked() -> None:
    heartbeat._redis().delete(heartbeat.KEY)
    assert look().parts["worker"] == Part(False, "never heard")


def test_migration_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    code = readiness._migrations_of_the_code() | {("projects", "9999_to_come")}
    monkeypatch.setattr(readiness, "_migrations_of_the_code", lambda: code)
    assert look().parts["migrations"] == Part(False, "missing", 1)


def test_parts_that_are_away_are_told_within_seconds(
    monkeypatch: pytest.MonkeyPatch, deaf_port: str
) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "PORT", deaf_port)
    monkeypatch.setattr(settings, "REDIS_URL", f"redis://:topsecret@127.0.0.1:{deaf_port}/0")
    heartbeat._redis.cache_clear()
    began_at = time.monotonic()
    answer = CLIENT.get("/readyz")
    assert time.monotonic() - began_at < LONGEST_SECONDS + 8
    away = {"ready": False, "state": "unreachable"}
    names = ("database", "migrations", "redis", "worker")
    told = {"ready": False, "parts": dict.fromkeys(names, away)}
    assert (answer.status_code, answer.json()) == (503, told)


def test_many_who_ask_are_answered_by_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def counted() -> readiness.Readiness:
        looks.append(1)
        return readiness.Readiness({"database": Part(True, "reachable")})

    monkeypatch.setattr(readiness, "look", counted)
    for _ in range(5):
        assert CLIENT.get("/readyz").status_code == 200
    assert len(looks) == 1
