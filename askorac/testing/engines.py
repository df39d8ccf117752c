"""pytest plugin: one PostgreSQL and one Valkey for the session, migrated as the owner.

Tests commit, make organizations of their own and never clean up: the next session begins with an
empty database on the same cluster.
"""

import os
from collections.abc import Iterator

import pytest

from askorac.environment import DATA_DIR
from askorac.local.engines import Engines

from .folder import release

_engines: list[Engines] = []


def pytest_configure(config: pytest.Config) -> None:
    """Start the engines and Django once, before test modules are imported."""
    if config.option.help or _only_hands_out(config):
        return
    os.environ.update(
        DJANGO_SETTINGS_MODULE="askorac.settings",
        ASKORAC_AS_OWNER="1",
        DEVELOPMENT="1",
        API_REFUSALS_A_MINUTE="100000",  # strangers of all tests have one address
    )
    engines = Engines(DATA_DIR, fresh=True, is_durable=False)
    os.environ.update(engines.start())
    _engines.append(engines)
    for provider in ("OPENAI", "ANTHROPIC", "GEMINI"):
        os.environ.pop(f"{provider}_API_KEY", None)
        os.environ.pop(f"{provider}_BASE_URL", None)
    for name in ("CHAT_MODEL", "EMBEDDING_MODEL"):
        os.environ.pop(name, None)
    _migrate()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started."""
    while _engines:
        _engines.pop().stop()
    release()


@pytest.fixture(scope="session", autouse=True)
def engines() -> Iterator[Engines]:
    """The running engines, for a test that kills or looks behind them."""
    yield _engines[0]
    from django.db import connections

    from projects.trail import uses

    uses.flush()  # while there is a database: what is counted is else kept at the exit
    connections.close_all()
    for alias in ("default", "accounts"):
        connections[alias].close_pool()  # type: ignore[attr-defined]  # PostgreSQL's have pools


def _only_hands_out(config: pytest.Config) -> bool:
    """Whether this process runs no test itself: xdist's workers do, each on engines of its own."""
    return bool(config.getoption("numprocesses", None)) and not hasattr(config, "workerinput")


def _migrate() -> None:
    import django
    from django.contrib.auth.hashers import PBKDF2PasswordHasher
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    PBKDF2PasswordHasher.iterations = 1000  # founding an organization took 0.8 s otherwise
    call_command("migrate", verbosity=0)
    connections["owner"].close()
