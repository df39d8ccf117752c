"""No sentence that a customer or a visitor wrote lies anywhere outside of a process's memory.

Canaries go through every door of the running product, and its visitors are erased. Then all that
it leaves behind is searched for each of them: the dump of the database, its files and its
write-ahead log, the servers' and the processes' logs, Redis with its queues, the store of files,
and folders for what is temporary.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from askorac.local.engines import Engines
from askorac.testing.canaries import Canaries
from askorac.testing.left_behind import LeftBehind, left_behind
from askorac.testing.openai_server import running_openai_server
from askorac.testing.openai_wire import Behaviour
from askorac.testing.people import new_customer
from askorac.testing.product import running_product
from askorac.testing.programs import new_program
from askorac.testing.web import running_site

from .planting import Planting

pytestmark = pytest.mark.long(reads_all=True)

# What is kept in clear for one use, and gone with it. Nothing so far.
KNOWN: dict[str, str] = {}


def places_of(left: LeftBehind, canaries: Canaries) -> set[tuple[str, str]]:
    """(where it lies, through which door it came) of all that is found."""
    return {
        (place, door)
        for place, data in left.everything()
        for door in canaries.found_in(data)
        if place not in KNOWN
    }


@pytest.fixture
def clear_table(engines: Engines) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A superuser's session with a table for what lies in clear."""
    with psycopg.connect(engines.superuser_url(), autocommit=True) as session:
        session.execute("CREATE SCHEMA in_clear")
        session.execute("CREATE TABLE in_clear.said (text text, bytes bytea, data jsonb)")
        yield session
        session.execute("DROP SCHEMA in_clear CASCADE")


def test_what_lies_in_clear_is_found(
    engines: Engines, clear_table: psycopg.Connection[tuple[object, ...]], tmp_path: Path
) -> None:
    canaries = Canaries()
    left = left_behind(engines, tmp_path)
    long = f"{'So it goes on and on. ' * 500}{canaries.sentence('long')}"  # TOAST compresses it
    row = [long, canaries.sentence("bytes").encode("utf-16"), f'"{canaries.sentence("data")}"']
    clear_table.execute("INSERT INTO in_clear.said VALUES (%s, %s, %s)", row)
    gone = canaries.sentence("gone")
    clear_table.execute("INSERT INTO in_clear.said VALUES (%s)", [gone])
    clear_table.execute("DELETE FROM in_clear.said WHERE text = %s", [gone])
    notice = canaries.word("log")
    clear_table.execute(f"DO $$ BEGIN RAISE WARNING '{notice}'; END $$")
    assert engines.valkey is not None
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "told.txt").write_text(canaries.sentence("file"))
    with Redis(port=engines.valkey.port, password=engines.valkey.password) as redis:
        redis.rpush("in clear", canaries.sentence("queue"))
        redis.xadd("stream in clear", {"text": canaries.sentence("stream")}, maxlen=1)
        found = places_of(left, canaries)
        redis.delete("in clear", "stream in clear")
    table, log = "in_clear.said", "write-ahead log"
    assert found >= {
        *((f"dump: {table}", door) for door in ("long", "bytes", "data")),
        *((f"file of {table}", door) for door in ("bytes", "data", "gone")),
        *((log, door) for door in ("bytes", "data", "gone")),
        ("Redis: in clear", "queue"),
        ("Redis: stream in clear", "stream"),
        ("log: log", "log"),
        ("folder: told.txt", "file"),
    }
    assert (log, "long") in found
    assert {door for place, door in found if place.startswith("file of Redis")} >= {
        "queue",
        "stream",
    }


def test_server_keeps_statements_to_itself(engines: Engines) -> None:
    with psycopg.connect(engines.superuser_url()) as session:
        asked = "SELECT name, setting FROM pg_settings WHERE name = ANY (%s)"
        settings = dict(session.execute(asked, [list(SETTINGS)]).fetchall())
        modules = session.execute("SHOW shared_preload_libraries").fetchall()
    assert settings == SETTINGS
    assert modules == [("",)]


SETTINGS = {
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "debug_print_parse": "off",
    "debug_print_rewritten": "off",
    "debug_print_plan": "off",
}


@pytest.fixture
def planting(engines: Engines, tmp_path: Path) -> Iterator[Planting]:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    customer = new_customer("Canary")
    program = new_program(customer)
    made = program("POST", "projects/", {"name": "Help desk"}).json()
    with (
        running_openai_server(Behaviour()) as provider,
        running_site() as site,
        running_product(
            tmp_path,
            OPENAI_API_KEY="sk-of-ours",
            OPENAI_BASE_URL=provider.base_url,
            ALLOW_PRIVATE_ADDRESSES="127.0.0.0/8",
            TMPDIR=str(temporary),
        ) as product,
    ):
        yield Planting(
            canaries=Canaries(),
            product=product,
            provider=provider,
            site=site,
            customer=customer,
            project_id=made["id"],
            public_key=made["public_key"],
            api_key=str(program.key),
        )


def test_nothing_that_was_written_lies_in_clear(
    engines: Engines, planting: Planting, tmp_path: Path
) -> None:
    left, product = left_behind(engines, tmp_path), planting.product
    product.processes["worker"].stop()
    planting.settings()
    planting.provider_key()
    planting.files()
    planting.texts_and_pages()
    planting.form()
    planting.removal()
    planting.mistakes()
    found = places_of(left, planting.canaries)  # while the tasks wait
    product.processes["worker"].start()
    planting.wait_until_read()
    planting.talks()
    planting.searches()
    planting.leaves_as_files()
    visitors = planting.erases_visitors()
    # What was there before is in the log of changes, and what is left everywhere.
    found |= places_of(left, planting.canaries)
    named = [place for place, data in left.dump() for each in visitors if each.encode() in data]
    assert named == []
    lines = [f"{door} lies in clear in: {place}" for place, door in sorted(found)]
    assert not found, "\n".join(lines)
