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
WORKER_GRACE_SECONDS = 10.0
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


def processes(addresses: Addresses, console: Console) -> list[AppProcess]:
    """Everything that runs beside the engines, the web process first."""
    celery = ("-W", ROOT_WORKER, "-m", "celery", "-A", "askorac", "--quiet")
    level = "--loglevel=INFO"
    alone = ("--without-mingle", "--without-gossip", f"--concurrency={WORKER_PROCESSES}")
    schedule = f"--schedule={DATA_DIR / 'beat-schedule'}"
    web_port, demo_port = str(addresses.web_port), str(addresses.demo_port)
    demo_site = ("-m", "askorac.local.demo_site", "--port", demo_port, "--web", addresses.web)
    commands: dict[str, tuple[tuple[str, ...], float]] = {
        "web": (("manage.py", "serve", "--port", web_port), WEB_GRACE_SECONDS),
        "worker": ((*celery, "worker", level, *alone), WORKER_GRACE_SECONDS),
        "beat": ((*celery, "beat", level, "--pidfile=", schedule), 5.0),
        "indexer": (("manage.py", "indexer"), 5.0),
        "demo": (demo_site, 5.0),
    }
    return [
        _process(name, arguments, addresses, console, grace_seconds=grace)
        for name, (arguments, grace) in commands.items()
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
    grace_seconds: float = 5.0,
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
