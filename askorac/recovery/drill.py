"""The restore drill: a backup is restored beside the installation, has to answer, and goes."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from askorac.environment import BASE_DIR, DATA_DIR, read
from askorac.local import ports

from . import backups
from .models import RestoreDrill
from .proving import NotProven, Proof

ADDRESSES: Final = ("DATABASE_URL", "DATABASE_ACCOUNTS_URL", "DATABASE_STAFF_URL")
WITHHELD: Final = ("DATABASE_SUPERUSER_URL", "DATABASE_OWNER_URL", "DATABASE_BACKUP_URL")
ANSWER_SECONDS: Final = 60.0
STOP_SECONDS: Final = 45.0


def drill(folder: Path, *, superuser_url: str, secret_key: str, now: datetime) -> RestoreDrill:
    """Restore a backup into a database and a folder of their own, prove it, and remember that.

    The installation goes on meanwhile, and its database is not touched but for the row that is
    returned. A drill that fails is remembered too. Raises UnusableBackup, DumpFailed, NotProven.
    """
    manifest = backups.check(folder)
    began_at = time.monotonic()
    row = RestoreDrill(
        at=now,
        backup_made_at=manifest.moment,
        has_passed=False,
        organization_count=0,
        opened_count=0,
        closed_count=0,
        file_count=0,
    )
    try:
        with _restored(folder, superuser_url, secret_key) as (name, environment):
            organizations = _organizations(superuser_url, name)
            row.organization_count = len(organizations)
            proof = _prove(environment, organizations)
            row.opened_count, row.closed_count = proof.opened_count, proof.closed_count
            row.file_count, row.event_count = proof.file_count, proof.event_count
            if organizations and not proof.opened_count:
                raise NotProven("No organization's keys open: the key service is another one.")
            _answers(environment)
            row.has_passed = True
    finally:
        row.seconds = round(time.monotonic() - began_at, 1)
        row.save(using="owner")
    return row


@contextmanager
def _restored(
    folder: Path, superuser_url: str, secret_key: str
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The name of a database made for the drill, and the environment that leads to it."""
    name = f"askorac_drill_{uuid4().hex[:12]}"
    # Where files lie: that of the system may be in memory, and small.
    DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="drill-", dir=DATA_DIR) as place:
        try:
            backups.restore_database(folder, url=superuser_url, name=name, secret_key=secret_key)
            environment = _environment(name, Path(place))
            _manage(environment, "restore_files", str(folder))
            yield name, environment
        finally:
            with psycopg.connect(superuser_url, autocommit=True) as session:
                drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                session.execute(drop.format(sql.Identifier(name)))


def _environment(name: str, place: Path) -> dict[str, str]:
    """Ours, but for the database, the files, and what the drill's processes must not have."""
    taken = {"ASKORAC_AS_OWNER", *WITHHELD, *(f"{key}_FILE" for key in WITHHELD)}
    ours = {key: value for key, value in os.environ.items() if key not in taken}
    there = {key: _elsewhere(read(key), name) for key in ADDRESSES if read(key)}
    # Empty, so that what the embedded engines wrote down is not read in their place.
    nothing = dict.fromkeys(WITHHELD, "")
    return {**ours, **nothing, **there, "MEDIA_URL_STORAGE": f"file://{place / 'files'}"}


def _elsewhere(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _organizations(superuser_url: str, name: str) -> list[str]:
    with psycopg.connect(superuser_url, dbname=name) as session:
        return [str(row[0]) for row in session.execute("SELECT id FROM projects_organization")]


def _prove(environment: Mapping[str, str], organizations: list[str]) -> Proof:
    told = _manage(environment, "prove_restored", *organizations)
    return Proof(**json.loads(told.splitlines()[-1]))


def _manage(environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env=dict(environment),
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["nothing"]
        raise NotProven(f"{arguments[0]} says: {said[-1]}")
    return done.stdout


def _answers(environment: Mapping[str, str]) -> None:
    """The web process starts on what was restored, and gives the page of logging in."""
    port = ports.free_port()
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    with subprocess.Popen(
        command,
        cwd=BASE_DIR,
        env=dict(environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as web:
        try:
            until = time.monotonic() + ANSWER_SECONDS
            while not _is_up(port):
                if web.poll() is not None or time.monotonic() > until:
                    raise NotProven("The restored installation does not answer.")
                time.sleep(0.1)
        finally:
            web.terminate()
            web.wait(STOP_SECONDS)


def _is_up(port: int) -> bool:
    host = urlsplit(read("PUBLIC_URL")).hostname or "localhost"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/accounts/login/", headers={"Host": host})
        return connection.getresponse().status == http.HTTPStatus.OK
    return False


def as_line(proof: Proof) -> str:
    """A proof as the drill reads it from the process that gave it."""
    return json.dumps(asdict(proof))
