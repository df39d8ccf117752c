"""`/healthz` and `/readyz`: what they tell of each part, and that they never hang."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.conf import settings
from django.test import Client

from askorac.health import readiness, stores
from askorac.health.readiness import LONGEST_SECONDS, Part, look
from askorac.jobs import heartbeat
from askorac.tenancy.checks import check_catalog

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
                "signature": {"ready": True, "state": "believed"},
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


def test_secret_key_that_the_database_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SECRET_KEY", "another one, without bootstrap_sql")
    assert CLIENT.get("/readyz").status_code == 503
    parts = look().parts
    assert parts["signature"] == Part(False, "refused: run bootstrap_sql")
    assert parts["database"].is_ready
    (error,) = check_catalog(None, databases=["default"])
    assert (error.id, "Run bootstrap_sql" in str(error.hint)) == ("orac.E011", True)
    told = {finding.subject: finding.remedy for finding in stores.schema()}
    assert "Run bootstrap_sql" in told["Signature"]


def test_secret_key_that_the_database_knows_is_no_error() -> None:
    assert check_catalog(None, databases=["default"]) == []


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
    names = ("database", "migrations", "signature", "redis", "worker")
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
