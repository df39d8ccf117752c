"""All that a running product leaves behind, outside of its processes' memory: for those who look
for what must not be there."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg
from redis import Redis

from askorac.environment import DATA_DIR
from askorac.local.programs import POSTGRES, find_program

if TYPE_CHECKING:
    from askorac.local.engines import Engines

WAL_SEGMENT: Final = "SELECT pg_walfile_name(pg_current_wal_lsn())"
_FILES_OF_TABLES: Final = """
    SELECT pg_relation_filepath(c.oid), coalesce(t.oid, c.oid)::regclass::text
    FROM pg_class c LEFT JOIN pg_class t ON t.reltoastrelid = c.oid
    WHERE pg_relation_filepath(c.oid) IS NOT NULL
"""

# Where something lies, and what lies there.
Place = tuple[str, bytes]


@dataclass(frozen=True)
class LeftBehind:
    """What the engines and some folders hold. `first_segment` of the log of changes, and the Unix
    time `began_at`, are from where on it is looked at: what is older others have written."""

    engines: Engines
    folders: tuple[Path, ...]
    first_segment: str
    began_at: float

    def everything(self) -> Iterator[Place]:
        """All of it, as it lies at this moment."""
        yield from self.dump()
        yield from self.changes()
        yield from self.activity()
        yield from self.redis()
        yield from self.files()
        self._ask("CHECKPOINT")
        yield from self.changes()
        yield from self.tables()

    def dump(self) -> Iterator[Place]:
        """The whole database as pg_dump writes it, table by table."""
        program = find_program(POSTGRES, "pg_dump", account=None)
        command = [str(program), "--no-sync", self.engines.superuser_url()]
        dumped = subprocess.run(command, capture_output=True, check=True).stdout
        table, lines = "schema", list[bytes]()
        for line in dumped.splitlines(keepends=True):
            if line.startswith(b"COPY "):
                yield f"dump: {table}", b"".join(lines)
                table, lines = line.split()[1].decode(), []
            lines.append(line)
        yield f"dump: {table}", b"".join(lines)

    def changes(self) -> Iterator[Place]:
        """The write-ahead log. Segments of later names wait to be used, and hold what is older."""
        last_segment = self._ask(WAL_SEGMENT)[0][0]
        for path in sorted((self._cluster / "pg_wal").iterdir()):
            if path.is_file() and self.first_segment <= path.name <= last_segment:
                yield "write-ahead log", _bytes_of(path)

    def tables(self) -> Iterator[Place]:
        """The files of tables and indexes, and all others of the server's, dead rows included, that
        were written since the beginning."""
        named = dict(self._ask(_FILES_OF_TABLES))
        for path in sorted(self._cluster.rglob("*")):
            name = str(path.relative_to(self._cluster))
            is_new = path.is_file() and path.stat().st_mtime >= self.began_at
            if is_new and not name.startswith("pg_wal"):
                table = named.get(name.partition(".")[0].partition("_")[0], name)
                yield f"file of {table}", _bytes_of(path)

    def activity(self) -> Iterator[Place]:
        """What each session of the server has asked last."""
        rows = self._ask("SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        yield "pg_stat_activity", "\n".join(query for (query,) in rows if query).encode()

    def redis(self) -> Iterator[Place]:
        """Every key, the queues of tasks among them, and the file that all writes are kept in."""
        assert self.engines.valkey is not None
        server = self.engines.valkey
        with Redis(port=server.port, password=server.password) as client:
            for key in client.scan_iter():
                yield f"Redis: {key.decode(errors='replace')}", key + b" " + _value(client, key)
        for path in sorted(server.files.rglob("*")):
            if path.is_file():
                yield f"file of Redis: {path.name}", _bytes_of(path)

    def files(self) -> Iterator[Place]:
        """The store of files, the engines' logs, and the folders that were named."""
        logs = [server.folder / "log" for server in self.engines.servers()]
        named = {"log": logs, "store": [DATA_DIR / "media"], "folder": list(self.folders)}
        for kind, places in named.items():
            for place in places:
                for path in [place, *place.rglob("*")]:
                    if path.is_file():
                        yield f"{kind}: {path.name}", path.name.encode() + b" " + _bytes_of(path)

    @property
    def _cluster(self) -> Path:
        assert self.engines.postgres is not None
        return self.engines.postgres.cluster

    def _ask(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.engines.superuser_url(), autocommit=True) as session:
            cursor = session.execute(statement)
            return cursor.fetchall() if cursor.description else []


def left_behind(engines: Engines, *folders: Path) -> LeftBehind:
    """What is left behind from now on; begins a new segment of the write-ahead log."""
    with psycopg.connect(engines.superuser_url(), autocommit=True) as session:
        session.execute("SELECT pg_switch_wal()")
        row = session.execute(WAL_SEGMENT).fetchone()
    assert row is not None
    return LeftBehind(engines, folders, row[0], time.time() - 1)


def _value(client: Redis, key: bytes) -> bytes:
    """What a key holds, whatever it is."""
    match client.type(key):
        case b"string":
            found: object = client.get(key)
        case b"list":
            found = client.lrange(key, 0, -1)
        case b"hash":
            found = client.hgetall(key)
        case b"set":
            found = client.smembers(key)
        case b"zset":
            found = client.zrange(key, 0, -1, withscores=True)
        case b"stream":
            found = client.xrange(key)
        case _:
            found = b""
    return b" ".join(_parts(found))


def _parts(found: object) -> Iterator[bytes]:
    if isinstance(found, bytes):
        yield found
    elif isinstance(found, dict):
        yield from _parts(list(found.items()))
    elif isinstance(found, list | tuple | set):
        for each in found:
            yield from _parts(each)


def _bytes_of(path: Path) -> bytes:
    """Nothing of a file that is gone meanwhile."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
