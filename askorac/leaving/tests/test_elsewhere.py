"""An archive brought in by the command to another installation: a database, keys, a secret and a
store of its own. It answers as the first one does."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import psycopg
import pytest

from askorac.environment import BASE_DIR
from askorac.local.engines import Engines
from askorac.tenancy.bootstrap import bootstrap_sql
from conversations.answering import answer
from conversations.events import Citations, Token
from conversations.tests.documents import ask
from conversations.turns import close_pool, open_pool
from keys.clients import close_clients
from projects.models import Project

from .exporting import QUESTIONS

pytestmark = pytest.mark.long
DATABASE = "elsewhere"
SECRET = "another-secret-which-is-long-enough-for-that"
# Make the database, found an organization, bring the archive in, ask, and print what is answered.
SCRIPT = """
import asyncio, io, json
from django.core.management import call_command
from askorac.leaving.tests.test_elsewhere import answers
from askorac.tenancy.context import tenant
from askorac.testing.people import new_customer
from projects.models import Project
call_command("migrate", verbosity=0)
customer = new_customer("Elsewhere")
told = io.StringIO()
call_command("import_archive", {file!r}, organization=customer.id, stdout=told)
with tenant(customer.id):
    project = Project.objects.get()
print(json.dumps([told.getvalue(), str(project.pk), asyncio.run(answers(project))]))
"""


async def answers(project: Project) -> list[list[object]]:
    """The answers to all questions, each with its citations."""
    await open_pool()
    told: list[list[object]] = []
    try:
        for question in QUESTIONS:
            async with aclosing(answer(ask(project, question))) as events:
                heard = [event async for event in events]
            cited = [
                each for event in heard if isinstance(event, Citations) for each in event.items
            ]
            text = "".join(event.text for event in heard if isinstance(event, Token))
            told.append([text, [[each.title, each.quote, each.page] for each in cited]])
    finally:
        await close_clients()
        await close_pool()
    return told


@pytest.fixture
def elsewhere(engines: Engines, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of an installation with an empty database of its own."""
    assert engines.postgres is not None
    logins = {name: value for name, value in os.environ.items() if name.startswith("DATABASE_")}
    found = [re.match(r"postgresql://(\w+):([^@]+)@", url) for url in logins.values()]
    passwords = {login[1]: login[2] for login in found if login}
    sql = bootstrap_sql(database=DATABASE, passwords=passwords, secret_key=SECRET)
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "root").write_bytes(base64.b64encode(os.urandom(32)))
    (keys / "root").chmod(0o600)
    with psycopg.connect(engines.postgres.superuser_url(), autocommit=True) as superuser:
        superuser.execute(f"CREATE DATABASE {DATABASE}")
    try:
        own = engines.postgres.superuser_url(DATABASE)
        with psycopg.connect(own, autocommit=True) as superuser:
            superuser.execute(sql.encode())
        yield {
            **os.environ,
            **{name: re.sub(r"/\w+($|\?)", rf"/{DATABASE}\1", url) for name, url in logins.items()},
            "SECRET_KEY": SECRET,
            "KMS_URL": f"local://{keys}",
            "ASKORAC_DATA_DIR": str(tmp_path),
            "PYTHONWARNINGS": "ignore",
        }
    finally:
        with psycopg.connect(engines.postgres.superuser_url(), autocommit=True) as superuser:
            superuser.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


@pytest.fixture
async def before(full: Project) -> AsyncIterator[list[list[object]]]:
    yield await answers(full)


def manage(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_other_installation_gives_the_same_answers(
    before: list[list[object]], archive: bytes, elsewhere: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "archive.zip"
    file.write_bytes(archive)
    script = SCRIPT.format(file=str(file))
    printed = manage(elsewhere, "shell", "--no-imports", "--command", script)
    told, project_id, after = json.loads(printed.splitlines()[-1])
    assert told == f"Made project {project_id}.\n"
    assert after == before
    assert [len(citations) for _, citations in after] == [1, 1, 1]
