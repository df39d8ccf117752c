"""The web process starts whole or not at all, and lets answers end before it stops."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from askorac.environment import BASE_DIR
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.openai_wire import Behaviour
from askorac.testing.product import STOP_SECONDS
from askorac.testing.sockets import Visitor, Web, running_web
from projects.models import Project

from .conftest import QUESTION

LONG = " ".join(f"Parcel {number} comes back [1]." for number in range(30))


def key_of(provider: OpenAIServer) -> dict[str, str]:
    return {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": provider.base_url}


def tell(web: Web, number: signal.Signals) -> None:
    assert web.process.popen is not None
    web.process.popen.send_signal(number)


def ended(web: Web) -> int:
    """The exit status of one that was told to stop: to be told again would end it at once."""
    assert web.process.popen is not None
    return web.process.popen.wait(STOP_SECONDS)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_web_told_to_stop_lets_answers_end_and_takes_no_more(
    shop: Project, provider: OpenAIServer, tmp_path: Path, number: signal.Signals
) -> None:
    provider.behaviour = Behaviour(text=LONG, token_seconds=0.02, stops_at=60)
    with running_web(tmp_path, **key_of(provider)) as web:
        async with (
            Visitor.at(web, shop.public_key) as visitor,
            Visitor.at(web, shop.public_key) as late,
        ):
            await visitor.hello()
            await late.hello()
            await visitor.ask(QUESTION)
            heard = await visitor.answer(until=20)
            tell(web, number)
            await visitor.answer(heard, until=150)
            await late.ask(QUESTION)
            refused = await late.hear()
            with pytest.raises(OSError):
                async with Visitor.at(web, shop.public_key):
                    pass
            provider.behaviour.go_on.set()
            await visitor.answer(heard)
            assert (await visitor.closed(), await late.closed()) == (1012, 1012)
        assert ended(web) == 0
    assert (refused["code"], refused["retry_after"]) == ("unavailable", 5.0)
    assert (heard.text, heard.end["type"]) == (LONG, "finished")
    assert "Traceback" not in web.process.output.read_text()


async def test_web_told_twice_stops_at_once(
    shop: Project, provider: OpenAIServer, tmp_path: Path
) -> None:
    provider.behaviour = Behaviour(text=LONG, token_seconds=1.0)
    with running_web(tmp_path, **key_of(provider)) as web:
        async with Visitor.at(web, shop.public_key) as visitor:
            await visitor.hello()
            await visitor.ask(QUESTION)
            heard = await visitor.answer(until=1)
            tell(web, signal.SIGINT)
            await visitor.answer(heard, until=len(heard.text) + 1)
            tell(web, signal.SIGINT)
            with pytest.raises(ConnectionClosed):
                await visitor.answer(heard)
        began = time.monotonic()
        web.process.stop()
        assert time.monotonic() - began < 25  # an answer would go on for longer


def test_web_that_is_idle_stops_within_seconds(tmp_path: Path) -> None:
    with running_web(tmp_path) as web:
        began = time.monotonic()
        assert web.process.stop() == 0
        assert time.monotonic() - began < 25
        assert "Traceback" not in web.process.output.read_text()


def serve(**settings: str) -> subprocess.CompletedProcess[str]:
    port = settings.pop("port", "0")
    environment = {**os.environ, **settings}
    environment.pop("ASKORAC_AS_OWNER", None)
    return subprocess.run(
        [sys.executable, "manage.py", "serve", "--port", port],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
    )


def test_web_on_a_port_that_is_taken_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        ended = serve(port=str(other.getsockname()[1]))
    assert ended.returncode == 1
    assert re.search(r"Port \d+ of 127\.0\.0\.1 can't be listened on", ended.stderr)


def test_web_on_a_database_without_its_tables_does_not_start() -> None:
    empty = os.environ["DATABASE_URL"].rpartition("/")[0] + "/postgres"
    ended = serve(DATABASE_URL=empty)
    assert ended.returncode != 0
    assert os.environ["DATABASE_URL"].split(":")[2].split("@")[0] not in ended.stderr
