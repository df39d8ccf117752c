"""A whole installation as `deploy/` starts it: the same commands, variables and proxy.

Its folder holds what the Dockerfile copies and no more, its environment is that of the compose
file, its secrets are made by `deploy/run first-start`, and both engines are reached over TLS.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from askorac.environment import BASE_DIR
from askorac.local.postgres import Postgres
from askorac.local.valkey import Valkey

from .product import Process, stop_all
from .proxy import find_caddy
from .reserving import is_listened_on, reserved_port
from .tls import Front, running_fronts

READY_SECONDS: Final = 120.0
LONG_RUNNING: Final = ("web", "worker", "beat", "indexer")
MADE, KEYS, DATA = "/run/askorac", "/keys", "/data"
NOT_COPIED = shutil.ignore_patterns("tests")


@cache
def compose() -> Any:
    """The compose file."""
    return yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text(encoding="utf-8"))


def copied() -> list[str]:
    """The paths that the Dockerfile copies from here."""
    lines = (BASE_DIR / "Dockerfile").read_text(encoding="utf-8").splitlines()
    words = [line.split()[1:-1] for line in lines if line.startswith("COPY ")]
    return sorted({path for each in words for path in each if not each[0].startswith("--from")})


@dataclass(frozen=True, slots=True)
class Installation:
    """Where everything of it is. `environment` is that of `web`; the owner's logins come on top
    for those services that have them in the compose file."""

    folder: Path
    environment: Mapping[str, str]
    https_port: int
    http_port: int
    web_port: int
    postgres: Postgres
    processes: dict[str, Process]

    @property
    def code(self) -> Path:
        """The folder of what the Dockerfile copies."""
        return self.folder / "app"

    @property
    def url(self) -> str:
        return f"https://localhost:{self.https_port}"

    @property
    def authority(self) -> Path:
        """The certificate that those who visit it trust."""
        return self.folder / "caddy" / "caddy" / "pki" / "authorities" / "local" / "root.crt"

    @property
    def engines_authority(self) -> Path:
        """The certificate that its processes trust."""
        return self.folder / "made" / "app" / "ca.pem"

    def run(
        self, *arguments: str, service: str = "web", **settings: str
    ) -> "subprocess.CompletedProcess[str]":
        """`deploy/run` with these arguments, with the environment of a service."""
        return subprocess.run(
            ["deploy/run", *arguments],
            cwd=self.code,
            env={**self.environment_of(service), **settings},
            capture_output=True,
            text=True,
            timeout=300,
        )

    def environment_of(self, service: str) -> dict[str, str]:
        """Our variables over those of a service of the compose file."""
        given = compose()["services"][service].get("environment", {})
        own = {name: self._here(value) for name, value in given.items()}
        return {**own, **self.environment}

    def wait_for(self, name: str, port: int) -> None:
        """Until something listens; fails with what the process said if it doesn't."""
        process, until = self.processes[name], time.monotonic() + READY_SECONDS
        while not is_listened_on(port):
            ended = process.popen is None or process.popen.poll() is not None
            if ended or time.monotonic() > until:
                raise AssertionError(f"{name} did not start:\n{process.output.read_text()}")
            time.sleep(0.05)

    def _here(self, value: str) -> str:
        """A value of the compose file, with its places in this folder."""
        if value.startswith("${"):
            return ""
        return value.replace(MADE, str(self.folder / "made"))


@contextmanager
def running_installation(folder: Path, **settings: str) -> Iterator[Installation]:
    """One on engines of its own, from nothing; `settings` are further environment variables."""
    with ExitStack() as stack:
        postgres = Postgres(folder / "postgres", is_durable=False)
        stack.callback(postgres.stop)
        postgres.start()
        here = _new(folder, postgres, settings)
        _make_secrets(here, stack)
        migrated = here.run("migrate", service="migrate")
        assert migrated.returncode == 0, migrated.stdout + migrated.stderr
        stack.callback(lambda: stop_all(here.processes.values()))
        for process in here.processes.values():
            process.start()
        here.wait_for("web", here.web_port)
        here.wait_for("caddy", here.https_port)
        yield here


def _new(folder: Path, postgres: Postgres, settings: Mapping[str, str]) -> Installation:
    https, http, web = (reserved_port() for _ in range(3))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
        "PUBLIC_URL": f"https://localhost:{https}",
        "ALLOWED_HOSTS": "localhost",
        "TRUSTED_PROXIES": "127.0.0.1",
        "KMS_URL": f"local://{folder / 'keys'}",
        "ASKORAC_DATA_DIR": str(folder / "data"),
        "WEB_PORT": str(web),
        "WORKER_PROCESSES": "1",
        **settings,
    }
    here = Installation(folder, environment, https, http, web, postgres, {})
    _copy_code(here.code)
    (folder / "data").mkdir(mode=0o700)
    for name in LONG_RUNNING:
        here.processes[name] = _process(here, name, [str(here.code / "deploy/run"), name])
    caddy = [str(find_caddy()), "run", "--config", "deploy/Caddyfile"]
    here.processes["caddy"] = _process(here, "caddy", [*caddy, "--adapter", "caddyfile"])
    return here


def _copy_code(target: Path) -> None:
    target.mkdir()
    for name in copied():
        source = BASE_DIR / name
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=NOT_COPIED)
        else:
            shutil.copy2(source, target / name)
    (target / ".venv").symlink_to(Path(sys.executable).parent.parent)


def _process(here: Installation, name: str, command: list[str]) -> Process:
    environment = here.environment_of(name)
    if name == "caddy":
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(here.folder),
            "XDG_DATA_HOME": str(here.folder / "caddy"),
            "XDG_CONFIG_HOME": str(here.folder / "caddy"),
            "DOMAIN": "localhost",
            "MAIL_ADDRESS": "someone@example.com",
            "HTTP_PORT": str(here.http_port),
            "HTTPS_PORT": str(here.https_port),
            "UPSTREAM": f"127.0.0.1:{here.web_port}",
        }
    return Process(name, tuple(command), environment, here.folder / f"{name}.log", here.code, "")


def _make_secrets(here: Installation, stack: ExitStack) -> None:
    """What first-start makes, with a superuser who is there already; then both engines' fronts."""
    made, database, broker = here.folder / "made", reserved_port(), reserved_port()
    inner = here.postgres.superuser_url()
    password = inner.partition("@")[0]
    options = f"sslmode=verify-full&sslrootcert={here.engines_authority}"
    (made / "superuser").mkdir(parents=True)
    (made / "superuser" / "database_superuser_url").write_text(
        f"{password}@localhost:{database}/postgres?{options}"
    )
    places = (f"--folder={made}", f"--keys={here.folder / 'keys'}")
    addresses = (f"--postgres=localhost:{database}", f"--valkey=localhost:{broker}")
    done = here.run("first-start", *places, *addresses)
    assert done.returncode == 0, done.stderr
    valkey = Valkey(here.folder / "valkey", password=(made / "valkey/password").read_text())
    stack.callback(valkey.stop)
    valkey.start()
    fronts = (
        Front(database, here.postgres.port, made / "postgres/server.pem", asks_first=True),
        Front(broker, valkey.port, made / "valkey/server.pem"),
    )
    stack.enter_context(running_fronts(*fronts))
