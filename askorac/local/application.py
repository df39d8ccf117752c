"""The processes of the application, as they run on one machine in development."""

import http.client
import os
import signal
import sys
from dataclasses import dataclass

from askorac.environment import BASE_DIR, DATA_DIR

from .console import Console
from .keeper import AppProcess
from .processes import Program

WORKER_PROCESSES = 2
# Longer than the web process lets running answers take, so that it is never cut short.
WEB_GRACE_SECONDS = 35.0
# A task that takes longer is a job whose lease runs out, and is taken up again.
GRACE_SECONDS = 5.0
ANSWER_SECONDS = 1.0
# Celery warns root because of a serializer that we refuse.
ROOT_WORKER = "ignore:You're running the worker with superuser privileges:UserWarning"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the two sites listen, on loopback."""

    web_port: int
    demo_port: int

    @property
    def web(self) -> str:
        """The dashboard's origin."""
        return f"http://localhost:{self.web_port}"

    @property
    def demo(self) -> str:
        """The origin of the made-up site that embeds the widget."""
        return f"http://localhost:{self.demo_port}"


def preparation(addresses: Addresses, console: Console) -> AppProcess:
    """The process that migrates and loads the demo organization, and then ends."""
    return _process("prepare", ("manage.py", "prepare"), addresses, console)


def sites(addresses: Addresses, console: Console) -> list[AppProcess]:
    """What a person sees: the web process, and the made-up site that embeds the widget."""
    web = ("manage.py", "serve", "--port", str(addresses.web_port))
    demo = ("--port", str(addresses.demo_port), "--web", addresses.web)
    return [
        _process("web", web, addresses, console, grace_seconds=WEB_GRACE_SECONDS),
        _process("demo", ("-m", "askorac.local.demo_site", *demo), addresses, console),
    ]


def background(addresses: Addresses, console: Console) -> list[AppProcess]:
    """What works behind the sites."""
    celery = ("-W", ROOT_WORKER, "-m", "celery", "-A", "askorac", "--quiet")
    alone = ("--without-mingle", "--without-gossip", f"--concurrency={WORKER_PROCESSES}")
    schedule = ("--pidfile=", f"--schedule={DATA_DIR / 'beat-schedule'}")
    worker = (*celery, "worker", "--loglevel=INFO", *alone)
    beat = (*celery, "beat", "--loglevel=INFO", *schedule)
    return [
        _process("worker", worker, addresses, console),
        _process("beat", beat, addresses, console),
        _process("indexer", ("manage.py", "indexer"), addresses, console),
    ]


def answers(addresses: Addresses) -> bool:
    """Whether both sites are up."""
    return _is_up(addresses.web_port, "/healthz") and _is_up(addresses.demo_port, "/")


def _process(
    name: str,
    arguments: tuple[str, ...],
    addresses: Addresses,
    console: Console,
    *,
    grace_seconds: float = GRACE_SECONDS,
) -> AppProcess:
    program = Program(
        (sys.executable, *arguments),
        folder=BASE_DIR,
        environment=_environment(addresses),
        # If we are killed, nothing of what they do is worth waiting for: all of it is resumable.
        last_signal=signal.SIGKILL,
    )
    return AppProcess(name, program, console, grace_seconds=grace_seconds)


def _environment(addresses: Addresses) -> dict[str, str]:
    """Ours, under what the user has set. The engines' addresses are read from their file."""
    ours = {
        "DEVELOPMENT": "1",
        "PUBLIC_URL": addresses.web,
        "DEMO_SITE_URL": addresses.demo,
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "SECURITY_CONTACT": "security@askorac.example",  # the demo's: nobody reads it
        "PYTHONUNBUFFERED": "1",
    }
    return {**ours, **os.environ}


def _is_up(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
