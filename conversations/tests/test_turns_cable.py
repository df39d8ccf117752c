"""What a turn does when the line to the database breaks at a bad moment."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from django.db import connections

from askorac.tenancy.context import in_tenant
from conversations.models import Message
from conversations.tests.documents import ask
from conversations.turns import (
    FIRST_FENCE,
    STOPPED,
    Record,
    begin,
    close_pool,
    failed_ending,
    finish,
    open_pool,
    read,
)
from projects.models import Project

ENDING = failed_ending(STOPPED, text="Within 30 days")


class Cable:
    """Carries bytes to PostgreSQL; can be cut, and can lose the confirmation of a commit."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._plugged: set[asyncio.Task[None]] = set()
        self.is_cut = False
        self.commits_to_lose = 0

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*self._plugged, return_exceptions=True)

    def cut(self) -> None:
        self.is_cut = True
        for task in self._plugged:
            task.cancel()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.close()
            return
        task = asyncio.get_running_loop().create_task(self._carry(reader, writer))
        self._plugged.add(task)
        task.add_done_callback(self._plugged.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(*self._target)
        back = asyncio.create_task(forward(from_server, writer))
        try:
            while data := await reader.read(65536):
                if self.commits_to_lose and b"COMMIT" in data:
                    self.commits_to_lose -= 1
                    back.cancel()
                    await asyncio.wait([back])
                    to_server.write(data)
                    await from_server.read(65536)  # it is committed, and nobody hears of it
                    return
                to_server.write(data)
        finally:
            back.cancel()
            to_server.close()
            writer.close()


async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


@pytest.fixture
async def cable(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Cable]:
    database = connections["default"].settings_dict
    cable = Cable(database["HOST"], int(database["PORT"]))
    port = await cable.start()
    with monkeypatch.context() as patched:
        patched.setitem(database, "PORT", str(port))
        await open_pool()
    yield cable
    await close_pool()
    await cable.stop()


async def answers(project: Project) -> int:
    return await in_tenant(
        project.organization_id, Message.objects.filter(speaker="assistant").count
    )


async def test_turn_whose_confirmation_is_lost_is_recorded_once(
    cable: Cable, project: Project
) -> None:
    question = ask(project, "When can I return it?")
    await begin(question)
    cable.commits_to_lose = 1
    await finish(question, FIRST_FENCE, ENDING)
    assert cable.commits_to_lose == 0
    record = await read(question.key)
    assert record is not None
    assert (record.fence, record.ending) == (FIRST_FENCE, ENDING)
    assert await answers(project) == 1


async def test_turn_that_ends_while_the_database_is_away_is_recorded_when_it_is_back(
    cable: Cable, project: Project
) -> None:
    question = ask(project, "When can I return it?")
    await begin(question)
    cable.cut()
    finishing = asyncio.create_task(finish(question, FIRST_FENCE, ENDING))
    await asyncio.sleep(0.5)
    finishing.cancel()
    await asyncio.sleep(0.1)
    assert not finishing.done()
    cable.is_cut = False
    with pytest.raises(asyncio.CancelledError):
        await finishing
    assert await answers(project) == 1


async def test_question_asked_again_after_a_lost_confirmation_is_the_same_turn(
    cable: Cable, project: Project
) -> None:
    question = ask(project, "When can I return it?")
    cable.commits_to_lose = 1
    with pytest.raises(psycopg.OperationalError):
        await begin(question)
    record = await begin(question)
    assert isinstance(record, Record)
    assert (record.key, record.is_processing) == (question.key, True)
