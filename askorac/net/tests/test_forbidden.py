"""Each way of naming an address inside: nothing ever connects to it."""

from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import ip_address

import pytest

from askorac.net.addresses import Address, networks_of
from askorac.net.connecting import guarded_connector
from askorac.net.faults import Forbidden
from askorac.net.fetching import Fetcher
from askorac.net.tests.test_addresses import NOT_PUBLIC
from askorac.testing.web import Site, redirect, reply, running_site

# A network that lets nothing of this through, but has the port looked at after the address.
ELSEWHERE = networks_of("10.99.0.0/16")
OPEN = networks_of("127.0.0.9/32")

# `{port}` is where the trap listens, on 127.0.0.1, 127.0.0.2 and ::1.
SPELLINGS = {
    "http://127.0.0.1:{port}/": "address",
    "http://127.0.0.2:{port}/": "address",
    "HTTP://127.0.0.1:{port}/": "address",
    "http://localhost:{port}/": "address",
    "http://LOCALHOST:{port}/": "address",
    "http://localhost.:{port}/": "address",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/": "address",
    "http://ｌｏｃａｌｈｏｓｔ:{port}/": "address",
    "http://loc\u00adalhost:{port}/": "malformed",
    "http://127.0.0.1.:{port}/": "address",
    "http://127.0.0.1..:{port}/": "malformed",
    "http://2130706433:{port}/": "address",
    "http://2130706434:{port}/": "address",
    "http://4294967297:{port}/": "address",
    "http://0x7f000001:{port}/": "address",
    "http://0X7F000001:{port}/": "address",
    "http://017700000001:{port}/": "address",
    "http://0177.0.0.1:{port}/": "address",
    "http://0177.0.0.01:{port}/": "address",
    "http://0x7f.0.0.1:{port}/": "address",
    "http://0x7f.0x0.0x0.0x1:{port}/": "address",
    "http://127.0x0.1:{port}/": "address",
    "http://127.1:{port}/": "address",
    "http://127.0.1:{port}/": "address",
    "http://127.000.000.001:{port}/": "address",
    "http://0:{port}/": "address",
    "http://0.0.0.0:{port}/": "address",
    "http://00000000:{port}/": "address",
    "http://①②⑦.⓪.⓪.①:{port}/": "address",
    "http://１２７.０.０.１:{port}/": "address",
    "http://127。0。0。1:{port}/": "address",
    "http://127．0．0．1:{port}/": "address",
    "http://127｡0｡0｡1:{port}/": "address",
    "http://²¹³⁰⁷⁰⁶⁴³³:{port}/": "address",
    "http://0ⓧ7ⓕ000001:{port}/": "address",
    "http://%31%32%37.0.0.1:{port}/": "malformed",
    "http://127%2e0%2e0%2e1:{port}/": "malformed",
    "http://127.0.0.1%00.example.com:{port}/": "malformed",
    "http://127.0.0.1%2f@example.com:{port}/": "credentials",
    "http://[::1]:{port}/": "address",
    "http://[0:0:0:0:0:0:0:1]:{port}/": "address",
    "http://[0000::0001]:{port}/": "address",
    "http://[::]:{port}/": "address",
    "http://[::ffff:127.0.0.1]:{port}/": "address",
    "http://[::ffff:7f00:1]:{port}/": "address",
    "http://[0:0:0:0:0:ffff:7f00:0001]:{port}/": "address",
    "http://[::127.0.0.1]:{port}/": "address",
    "http://[::7f00:1]:{port}/": "address",
    "http://[::ffff:0:7f00:1]:{port}/": "address",
    "http://[64:ff9b::127.0.0.1]:{port}/": "address",
    "http://[64:ff9b:1::7f00:1]:{port}/": "address",
    "http://[2002:7f00:1::]:{port}/": "address",
    "http://[2001:0:7f00:1::]:{port}/": "address",
    "http://[fe80::1%25lo]:{port}/": "address",
    "http://[fe80::1%lo]:{port}/": "address",
    "http://[::1%lo]:{port}/": "address",
    "http://[::1%25lo]:{port}/": "address",
    "http://[v1.fe80::a]:{port}/": "malformed",
    "http://[127.0.0.1]:{port}/": "malformed",
    "http://[::1]example.com:{port}/": "malformed",
    "http://user@127.0.0.1:{port}/": "credentials",
    "http://example.com@127.0.0.1:{port}/": "credentials",
    "http://example.com:80@127.0.0.1:{port}/": "credentials",
    "http://@127.0.0.1:{port}/": "credentials",
    "http://127.0.0.1:{port}\\@example.com/": "malformed",
    "http:\\\\127.0.0.1:{port}\\": "malformed",
    "http://127.0.0.1\t:{port}/": "malformed",
    "http://127.0.0.1:{port}/\r\nHost: inside": "malformed",
    "\thttp://127.0.0.1:{port}/": "malformed",
    "http://\u200b127.0.0.1:{port}/": "malformed",
    "http://127.0.0.1:{port}:80/": "malformed",
    "http://127.0.0.1:+{port}/": "malformed",
    "http://127.0.0.1:/": "malformed",
    "http:///127.0.0.1:{port}/": "malformed",
    "http:127.0.0.1:{port}/": "malformed",
    "//127.0.0.1:{port}/": "scheme",
    "127.0.0.1:{port}/": "scheme",
    "ftp://127.0.0.1:{port}/": "scheme",
    "file:///etc/passwd": "scheme",
    "gopher://127.0.0.1:{port}/_GET": "scheme",
    "javascript://127.0.0.1:{port}/": "scheme",
    "https+unix://127.0.0.1:{port}/": "scheme",
    "http://169.254.169.254/latest/meta-data/": "address",
    "http://[fd00:ec2::254]/latest/meta-data/": "address",
    "http://192.0.0.192/opc/v2/": "address",
    "http://①⑥⑨.②⑤④.①⑥⑨.②⑤④/": "address",
    "http://2852039166/": "address",
    "http://0xA9FEA9FE/": "address",
}


@pytest.fixture(scope="module")
def trap() -> Iterator[list[Site]]:
    """Sites inside, all on one port."""
    with ExitStack() as opened:
        first = opened.enter_context(running_site("127.0.0.1"))
        others = [
            opened.enter_context(running_site(host, port=first.port))
            for host in ("127.0.0.2", "::1")
        ]
        yield [first, *others]


def connections(trap: list[Site]) -> int:
    return sum(site.connections for site in trap)


def test_spellings_are_sixty_and_more() -> None:
    assert len(SPELLINGS) >= 60


@pytest.mark.parametrize(("spelling", "code"), SPELLINGS.items())
async def test_address_spelled(trap: list[Site], spelling: str, code: str) -> None:
    fetcher = Fetcher(user_agent="test", allow=ELSEWHERE)
    with pytest.raises(Forbidden) as refused:
        await fetcher.fetch(spelling.replace("{port}", str(trap[0].port)))
    assert (refused.value.code, connections(trap)) == (code, 0)
    assert refused.value.sentence.endswith(".")


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_address_spelled_behind_a_redirect(trap: list[Site], spelling: str) -> None:
    """What `urljoin` makes a path of leads back to the site that redirects, and is none there."""
    onward = spelling.replace("{port}", str(trap[0].port)).encode().decode("latin-1")
    onward = onward.replace("\r\n", "%0d%0a")
    with running_site("127.0.0.9") as site:
        site.pages["/"] = f"HTTP/1.1 302 Found\r\nLocation: {onward}\r\n\r\n".encode("latin-1")
        try:
            fetched = await Fetcher(user_agent="test", allow=OPEN).fetch(site.url + "/")
        except Forbidden:
            pass
        else:
            assert (fetched.status, fetched.url.startswith(site.url)) == (404, True)
    assert connections(trap) == 0


@pytest.mark.parametrize("text", NOT_PUBLIC)
async def test_name_with_an_address_that_is_not_public(text: str) -> None:
    async def answer(host: str) -> list[Address]:
        return [ip_address("93.184.216.34"), ip_address(text)]

    with pytest.raises(Forbidden) as refused:
        await Fetcher(user_agent="test", look_up=answer).fetch("http://rebind.example/")
    assert refused.value.code == "address"


async def test_name_whose_address_changes_between_look_ups(trap: list[Site]) -> None:
    """It is asked once for a connection, and the next answer is checked as the first."""
    answers = [["127.0.0.9"], ["127.0.0.1"], ["::1"]]
    asked: list[str] = []

    async def answer(host: str) -> list[Address]:
        asked.append(host)
        return [ip_address(text) for text in answers.pop(0)]

    fetcher = Fetcher(user_agent="test", allow=OPEN, look_up=answer)
    with running_site("127.0.0.9", port=trap[0].port) as site:
        site.pages["/"] = reply(b"hello")
        url = f"http://rebind.example:{site.port}/"
        assert (await fetcher.fetch(url)).body == b"hello"
        assert (asked, site.connections) == (["rebind.example"], 1)
        for _ in range(2):
            with pytest.raises(Forbidden):
                await fetcher.fetch(url)
    assert (answers, connections(trap)) == ([], 0)


async def test_redirect_to_the_same_name_with_another_address(trap: list[Site]) -> None:
    answers = [["127.0.0.9"], ["127.0.0.1"]]

    async def answer(host: str) -> list[Address]:
        return [ip_address(text) for text in answers.pop(0)]

    with running_site("127.0.0.9", port=trap[0].port) as site:
        site.pages["/"] = redirect("/inside")
        fetcher = Fetcher(user_agent="test", allow=OPEN, look_up=answer)
        with pytest.raises(Forbidden):
            await fetcher.fetch(f"http://rebind.example:{site.port}/")
        assert (site.connections, connections(trap)) == (1, 0)


@pytest.mark.parametrize("port", [0, 22, 25, 8080, 65535])
async def test_port_of_something_else(port: int) -> None:
    for host in ("8.8.8.8", "example.com", "[2606:4700::1111]"):
        with pytest.raises(Forbidden) as refused:
            await Fetcher(user_agent="test").fetch(f"http://{host}:{port}/")
        assert refused.value.code == "port"


async def test_port_of_something_else_behind_a_name() -> None:
    """With networks let through, the port is looked at when the address is known."""

    async def answer(host: str) -> list[Address]:
        return [ip_address("93.184.216.34")]

    with pytest.raises(Forbidden) as refused:
        fetcher = Fetcher(user_agent="test", allow=OPEN, look_up=answer)
        await fetcher.fetch("http://example.com:8080/")
    assert refused.value.code == "port"


async def test_connector_refuses_what_was_not_looked_at(trap: list[Site]) -> None:
    """The last gate: even who forgets to take the address apart first connects to nothing."""
    import aiohttp

    async with aiohttp.ClientSession(connector=guarded_connector()) as session:
        for host in ("127.0.0.1", "[::1]"):
            with pytest.raises(aiohttp.ClientConnectorError):
                await session.get(f"http://{host}:{trap[0].port}/")
    assert connections(trap) == 0
