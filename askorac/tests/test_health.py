"""`/healthz` and `/readyz`: what they tell of each part, and that they never hang."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings
from django.core.mail import send_mail
from django.test import Client

from askorac.health import mailing, processes, readiness, stores
from askorac.health.readiness import LONGEST_SECONDS, Part, look
from askorac.health.tasks import answer
from askorac.jobs import heartbeat
from askorac.jobs.tasks import sweep
from askorac.tenancy.checks import check_catalog

CLIENT = Client(SERVER_NAME="localhost")


@pytest.fixture(autouse=True)
def unwatched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is remembered from the test before, and Redis is found anew after each."""
    monkeypatch.setattr(readiness.watch, "_last", None)
    monkeypatch.setattr(readiness, "LONGEST_SECONDS", 60.0)
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


def test_doctors_own_question_is_no_sign_of_life_and_beat_is_told_from_a_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heartbeat._redis().delete(heartbeat.KEY, heartbeat.SCHEDULE_KEY)
    monkeypatch.setattr(processes, "BEAT_SECONDS", 0.2)
    monkeypatch.setattr(answer, "apply_async", lambda arguments, **_: answer(*arguments))
    worker, schedule = processes.worker()
    assert (worker.is_well, schedule.is_well, schedule.subject) == (True, False, "Beat")
    assert look().parts["worker"] == Part(False, "never heard")
    heartbeat.beat()  # as a long job does, without any schedule
    assert not list(processes.worker())[1].is_well
    sweep()
    monkeypatch.setattr(processes, "BEAT_SECONDS", 60.0)
    assert [finding.is_well for finding in processes.worker()] == [True, True]


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
    monkeypatch.setattr(readiness, "LONGEST_SECONDS", LONGEST_SECONDS)
    began_at = time.monotonic()
    answer = CLIENT.get("/readyz")
    assert time.monotonic() - began_at < LONGEST_SECONDS + 25
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


@pytest.mark.parametrize(
    ("replies", "told"),
    [
        ([b"220 hello", b"250 hello", b"221 bye"], "127.0.0.1 takes mail"),
        ([b"421 too busy"], "can't be reached (SMTPConnectError)"),
    ],
    ids=["open", "busy"],
)
def test_doctor_speaks_to_the_mail_server_and_sends_nothing(
    monkeypatch: pytest.MonkeyPatch, replies: list[bytes], told: str
) -> None:
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr(settings, "EMAIL_HOST", "127.0.0.1")
        monkeypatch.setattr(settings, "EMAIL_PORT", listener.getsockname()[1])
        server = threading.Thread(target=_serve_mail, args=(listener, replies, heard))
        server.start()
        (finding,) = mailing.mail()
        server.join()
    assert (finding.told, finding.is_well) == (told, told.endswith("mail"))
    assert {line[:4].upper() for line in heard if line} <= {b"EHLO", b"QUIT"}


def _serve_mail(listener: socket.socket, replies: list[bytes], heard: list[bytes]) -> None:
    line, _ = listener.accept()
    with line, line.makefile("rwb", buffering=0) as spoken:
        for reply in replies:
            spoken.write(reply + b"\r\n")
            heard.append(spoken.readline().strip())


def test_mail_without_a_server_is_kept_from_logs_and_other_accounts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mail"
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "askorac.web.kept_mail.EmailBackend")
    monkeypatch.setattr(settings, "EMAIL_FILE_PATH", folder)
    send_mail("Your code", "It is 424242.", None, ["wilhelmina@harbour.example"])
    (file,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    assert "It is 424242." in file.read_text()
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "")
