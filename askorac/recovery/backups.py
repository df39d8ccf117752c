"""A backup: a folder with the database, the files, and what tells whether both are whole.

The keys are not in it. Who has both can read everything, deleted organizations included.
"""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from askorac.tenancy.bootstrap import bootstrap_sql

from . import dumping, filing

DATABASE: Final = "database.dump"
FILES: Final = "files.tar"
MANIFEST: Final = "manifest.json"
UNFINISHED: Final = ".unfinished"
LONGEST: Final = timedelta(hours=12)  # that a backup is at work
_CHUNK: Final = 1 << 20


class UnusableBackup(Exception):
    """The folder holds no whole backup, or there is something where it should go."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says about itself: when it was begun, and the SHA-256 of its two parts."""

    made_at: str
    database: str
    files: str
    file_count: int

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.made_at)


def make(*, url: str, into: Path, now: datetime) -> Path:
    """Make a backup in a new folder inside `into`, and return it.

    `url` is the address of the backup role. The database comes first: a file of a row that it has
    is there, or was removed since. What is left of one that failed goes, this one or an earlier.
    Raises DumpFailed and OSError.
    """
    folder = into / f"askorac-{now:%Y%m%dT%H%M%SZ}"
    unfinished = folder.with_name(f"{folder.name}{UNFINISHED}")
    _clear(into, now)
    unfinished.mkdir(mode=0o700, parents=True)
    try:
        _fill(unfinished, url=url, now=now)
        unfinished.rename(folder)
    except BaseException:  # whatever it is goes on, and leaves no half of a backup
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return folder


def _clear(into: Path, now: datetime) -> None:
    """Remove what a process that was killed has left. One that still runs is younger."""
    before = (now - LONGEST).timestamp()
    for left in into.glob(f"askorac-*{UNFINISHED}"):
        if left.stat().st_mtime < before:
            shutil.rmtree(left)


def _fill(unfinished: Path, *, url: str, now: datetime) -> None:
    dumping.dump(url, unfinished / DATABASE)
    count = filing.pack(unfinished / FILES)
    manifest = Manifest(
        made_at=now.isoformat(),
        database=_hash(unfinished / DATABASE),
        files=_hash(unfinished / FILES),
        file_count=count,
    )
    (unfinished / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
    for path in unfinished.iterdir():
        path.chmod(0o600)


def check(folder: Path) -> Manifest:
    """The manifest of a backup that is whole. Raises UnusableBackup."""
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
        manifest = Manifest(**json.loads(text))
        parts = {DATABASE: manifest.database, FILES: manifest.files}
        damaged = [name for name, hash_ in parts.items() if _hash(folder / name) != hash_]
    except (OSError, ValueError, TypeError):
        raise UnusableBackup(f"{folder} holds no backup. Name the folder of one.") from None
    if damaged:
        raise UnusableBackup(f"{', '.join(damaged)} is not as it was made. Take another backup.")
    return manifest


def restore_database(folder: Path, *, url: str, name: str, secret_key: str) -> None:
    """Restore the database of a backup as `name`, which must not be there, or be empty.

    `url` is a superuser's. Roles keep the passwords that they have. Raises UnusableBackup where
    there are tables already, DumpFailed, and psycopg.Error.
    """
    file = bootstrap_sql(database=name, passwords={}, secret_key=secret_key).encode()
    with psycopg.connect(url, autocommit=True) as session:
        known = session.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        if known.fetchone() is None:
            session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with psycopg.connect(url, dbname=name, autocommit=True) as session:
        if session.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchone():
            raise UnusableBackup(f"The database {name} has tables: restore into an empty one.")
        session.execute(file)
    dumping.restore(url, name, folder / DATABASE)
    with psycopg.connect(url, dbname=name, autocommit=True) as session:
        session.execute(file)  # the rights that it gives on what has just come


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
