"""A provider whose requests can be counted, and a web site whose pages can be fetched."""

from collections.abc import Iterator

import pytest

from askorac.net.addresses import networks_of
from askorac.testing.openai_server import OpenAIServer, running_openai_server
from askorac.testing.openai_wire import Behaviour
from askorac.testing.web import Site, running_site

KEY = "sk-canary-0123456789"
QUICK = Behaviour(is_lifelike=False)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    """OpenAI's wire format on the loopback, so that what is paid for can be counted."""
    from django.conf import settings

    with running_openai_server(QUICK) as server:
        monkeypatch.setattr(settings, "OPENAI_API_KEY", KEY)
        monkeypatch.setattr(settings, "OPENAI_BASE_URL", server.base_url)
        yield server


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A web site on the loopback, which is let through."""
    from django.conf import settings

    monkeypatch.setattr(settings, "ALLOW_PRIVATE_ADDRESSES", networks_of("127.0.0.1/32"))
    with running_site() as site:
        yield site
