"""Whom a request comes from, behind proxies that are trusted and before those that are not."""

from typing import Any

import pytest

from askorac.net.addresses import networks_of
from askorac.web.proxies import BehindProxies, client_address

TRUSTED = networks_of("10.0.0.0/8, 2001:db8::/32,127.0.0.1")
VISITOR = "203.0.113.7"


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        (VISITOR, [], VISITOR),
        (VISITOR, ["198.51.100.1"], VISITOR),  # forged: nobody trusted has passed it on
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [VISITOR], VISITOR),
        ("10.0.0.1", ["198.51.100.1", VISITOR], VISITOR),  # the left one is what the visitor wrote
        ("10.0.0.1", ["198.51.100.1", VISITOR, "10.0.0.2"], VISITOR),
        ("10.0.0.1", ["10.9.9.9", "10.0.0.2"], "10.9.9.9"),  # a visitor inside
        ("10.0.0.1", ["10.9.9.9", VISITOR], VISITOR),
        ("10.0.0.1", [VISITOR, "unknown"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", [f"{VISITOR}:5050"], VISITOR),
        ("10.0.0.1", ["[2001:db9::1]:5050"], "2001:db9::1"),
        ("2001:db8::5", ["2001:db9::1"], "2001:db9::1"),
        ("::ffff:10.0.0.1", [f"::ffff:{VISITOR}"], VISITOR),
        ("not an address", [VISITOR], "not an address"),
    ],
)
def test_client_is_the_last_whom_no_trusted_proxy_is(
    peer: str, forwarded: list[str], client: str
) -> None:
    assert client_address(peer, forwarded, TRUSTED) == client


def test_nobody_is_trusted_unless_named() -> None:
    assert networks_of("") == networks_of(" , ") == ()
    assert client_address("127.0.0.1", [VISITOR], ()) == "127.0.0.1"


@pytest.mark.parametrize("text", ["10.0.0.1/8", "proxy", "10.0.0.0/33"])
def test_network_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        networks_of(text)


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_application_is_told_the_client_of_every_line_of_the_header(kind: str) -> None:
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope.get("client"))

    async def nothing(*_: Any) -> None:
        return None

    headers = [(b"x-forwarded-for", VISITOR.encode()), (b"X-Forwarded-For", b"10.0.0.3, 10.0.0.2")]
    behind = BehindProxies(application, trusted=TRUSTED)
    await behind({"type": kind, "client": ["10.0.0.1", 1], "headers": headers}, nothing, nothing)
    await behind({"type": kind, "client": [VISITOR, 1], "headers": headers}, nothing, nothing)
    await behind({"type": kind, "client": None, "headers": headers}, nothing, nothing)
    await behind({"type": "lifespan"}, nothing, nothing)
    assert seen == [[VISITOR, 0], [VISITOR, 1], None, None]


async def test_forwarding_headers_of_others_are_dropped() -> None:
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(dict(scope["headers"]))

    async def nothing(*_: Any) -> None:
        return None

    names = ("x-forwarded-for", "x-forwarded-proto", "X-Forwarded-Host", "forwarded")
    forwarding = {name.encode(): b"https" for name in names}
    headers = list({b"host": b"localhost", **forwarding}.items())
    for trusted, peer in ((TRUSTED, "10.0.0.1"), (TRUSTED, VISITOR), ((), "127.0.0.1")):
        behind = BehindProxies(application, trusted=trusted)
        scope = {"type": "http", "client": [peer, 1], "headers": headers}
        await behind(scope, nothing, nothing)
    assert seen == [dict(headers), {b"host": b"localhost"}, {b"host": b"localhost"}]
