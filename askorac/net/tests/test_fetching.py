"""What comes back of an address, and what takes too long, is too large or is no web site."""

import gzip
import socket
import ssl
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from askorac.net.addresses import Address, networks_of
from askorac.net.faults import Unreachable
from askorac.net.fetching import Fetched, Fetcher, Limits
from askorac.net.resolving import look_up
from askorac.testing.web import Say, Site, redirect, reply, running_site

LOOPBACK = networks_of("127.0.0.1/32")
SMALL = Limits(most_bytes=10_000, seconds=0.5)
UNHURRIED = Limits(most_bytes=10_000, seconds=60)
MOST_SECONDS = 40  # far above SMALL, for a machine that is busy with other things


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


def fetcher(limits: Limits | None = None) -> Fetcher:
    return Fetcher(user_agent="AskOrac test", allow=LOOPBACK, limits=limits)


async def refusal(url: str, limits: Limits | None = None) -> tuple[str, bool]:
    with pytest.raises(Unreachable) as refused:
        await fetcher(limits).fetch(url)
    assert refused.value.sentence.endswith(".")
    return refused.value.code, refused.value.passes


async def test_page_fetched(site: Site) -> None:
    site.pages["/a%20b?q=%C3%A4"] = reply("Grüß Gott".encode())
    fetched = await fetcher().fetch(f"{site.url}/a%20b?q=ä#below")
    assert fetched == Fetched(
        url=f"{site.url}/a%20b?q=%C3%A4",
        status=200,
        content_type="text/html",
        charset="utf-8",
        body="Grüß Gott".encode(),
        retry_after=None,
    )


async def test_request_says_no_more_than_it_must(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a proxy nor a password of the environment is used."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("NETRC", str(Path(__file__)))
    site.pages["/"] = redirect("/next")
    site.pages["/next"] = reply()
    await fetcher().fetch(site.url, accept="text/html")
    lines = site.requests[1].strip().split("\r\n")
    assert lines == [
        "GET /next HTTP/1.1",
        f"Host: 127.0.0.1:{site.port}",
        "User-Agent: AskOrac test",
        "Accept: text/html",
        "Accept-Encoding: gzip",
        "Connection: close",
    ]


async def test_redirects_followed_five_times(site: Site) -> None:
    for number in range(6):
        site.pages[f"/{number}"] = redirect(f"{number + 1}")
    site.pages["/6"] = reply(b"here")
    fetched = await fetcher().fetch(f"{site.url}/1")
    assert (fetched.url, fetched.body) == (f"{site.url}/6", b"here")
    assert await refusal(f"{site.url}/0") == ("too_many_redirects", False)
    site.pages["/round"] = redirect("/round")
    assert await refusal(f"{site.url}/round") == ("too_many_redirects", False)


async def test_redirect_to_nowhere(site: Site) -> None:
    site.pages["/"] = reply(b"gone", status="302 Found")
    assert (await fetcher().fetch(site.url)).status == 302


@pytest.mark.parametrize("status", ["404 Not Found", "500 Internal Server Error"])
async def test_status_of_an_error(site: Site, status: str) -> None:
    site.pages["/"] = reply(b"sorry", status=status, headers={"Retry-After": "7"})
    fetched = await fetcher().fetch(site.url)
    assert (f"{fetched.status}", fetched.retry_after) == (status[:3], 7.0)


@pytest.mark.parametrize("header", ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", "9" * 400])
async def test_pause_that_is_not_in_seconds(site: Site, header: str) -> None:
    site.pages["/"] = reply(status="503 Later", headers={"Retry-After": header})
    assert (await fetcher().fetch(site.url)).retry_after is None


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"hello " * 100, mtime=0)),
        ("X-GZIP", gzip.compress(b"hello " * 50, mtime=0) + gzip.compress(b"hello " * 50, mtime=0)),
        ("deflate", zlib.compress(b"hello " * 100)),
        ("identity", b"hello " * 100),
    ],
)
async def test_compressed_body(site: Site, encoding: str, packed: bytes) -> None:
    site.pages["/"] = reply(packed, headers={"Content-Encoding": encoding})
    assert (await fetcher().fetch(site.url)).body == b"hello " * 100


@pytest.mark.parametrize(
    ("encoding", "packed", "code"),
    [
        ("gzip", gzip.compress(b"hello", mtime=0)[:-4], "broken_off"),
        ("gzip", b"", "broken_off"),
        ("gzip", b"this is not gzip", "not_http"),
        ("br", b"\x0b\x02\x80hello\x03", "not_http"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"hello", mtime=0), mtime=0), "not_http"),
    ],
)
async def test_body_that_does_not_unpack(
    site: Site, encoding: str, packed: bytes, code: str
) -> None:
    site.pages["/"] = reply(packed, headers={"Content-Encoding": encoding})
    assert (await refusal(site.url))[0] == code


async def test_bomb(site: Site) -> None:
    """A hundredfold costs no more memory than what is allowed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(300)) + packer.flush()
    site.pages["/"] = reply(bomb, headers={"Content-Encoding": "gzip"})
    tracemalloc.start()
    try:
        assert await refusal(site.url) == ("too_large", False)
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [10_000, 10_001])
async def test_body_at_the_bound(site: Site, size: int) -> None:
    def without_length(connection: socket.socket, request: str) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(size))

    site.pages["/said"] = reply(bytes(size))
    site.pages["/unsaid"] = without_length
    for path in ("/said", "/unsaid"):
        if size > SMALL.most_bytes:
            assert await refusal(site.url + path, UNHURRIED) == ("too_large", False)
        else:
            assert len((await fetcher(UNHURRIED).fetch(site.url + path)).body) == size


def drip(*, head: bytes, drop: bytes) -> Say:
    """Says `head`, and then a little again and again."""

    def say(connection: socket.socket, request: str) -> None:
        connection.sendall(head)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            connection.sendall(drop)
            time.sleep(0.02)

    return say


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"X"),
        (b"", b"H"),
        (b"", b""),
    ],
)
async def test_site_that_drips(site: Site, head: bytes, drop: bytes) -> None:
    site.pages["/"] = drip(head=head, drop=drop)
    begun = time.monotonic()
    code, _ = await refusal(site.url, SMALL)
    assert code in {"too_slow", "not_http"}
    assert time.monotonic() - begun < MOST_SECONDS


async def test_redirects_share_one_clock(site: Site) -> None:
    def slowly(connection: socket.socket, request: str) -> None:
        time.sleep(0.3)
        connection.sendall(redirect(request.split(" ")[1] + "x"))

    site.pages.update({"/" + "x" * count: slowly for count in range(5)})
    begun = time.monotonic()
    assert await refusal(site.url, SMALL) == ("too_slow", True)
    assert time.monotonic() - begun < MOST_SECONDS


async def test_name_that_takes_long_to_look_up() -> None:
    def answer(host: str, *args: object, **options: object) -> list[object]:
        goes_on.wait(60)
        return []

    goes_on = threading.Event()
    begun = time.monotonic()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", answer)
        try:
            assert await refusal("http://slow.example/", SMALL) == ("too_slow", True)
            assert time.monotonic() - begun < MOST_SECONDS
        finally:
            goes_on.set()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"", "broken_off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "broken_off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "broken_off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "not_http"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n", "not_http"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n", "not_http"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000 + b"\r\n", "not_http"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more of it", "not_http"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not_http"),
        (b"\x16\x03\x01\x02\x00" * 100, "not_http"),
    ],
)
async def test_site_that_does_not_speak_http(site: Site, said: bytes, code: str) -> None:
    site.pages["/"] = said
    assert (await refusal(site.url))[0] == code


async def test_nobody_there() -> None:
    with running_site() as site:
        pass
    assert await refusal(site.url) == ("no_connection", True)


async def test_name_that_does_not_exist() -> None:
    with pytest.raises(Unreachable) as refused:
        await look_up("nowhere.invalid")
    assert refused.value.code == "no_such_host"


async def test_name_looked_up() -> None:
    assert ip_address("127.0.0.1") in await look_up("localhost")


class Authority:
    """A certificate authority of this test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        self.certificate = self._signed(self.name, self.key, x509.BasicConstraints(True, None))

    def trusting(self) -> ssl.SSLContext:
        pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=pem)

    def serving(self, name: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        named = x509.SubjectAlternativeName([x509.DNSName(name)])
        path = self.folder / f"{name}.pem"
        path.write_bytes(
            self._signed(subject, key, named).public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .sign(self.key, hashes.SHA256())
        )


async def test_certificate_is_held_against_the_name(tmp_path: Path) -> None:
    """The connection goes to an address, but the name is what must be proved."""
    authority = Authority(tmp_path)

    async def answer(host: str) -> list[Address]:
        return [ip_address("127.0.0.1")]

    def trusting(tls: ssl.SSLContext | None) -> Fetcher:
        return Fetcher(user_agent="test", allow=LOOPBACK, look_up=answer, tls=tls)

    with running_site(tls=authority.serving("shop.example")) as site:
        site.pages["/"] = reply(b"hello")
        url = f"https://shop.example:{site.port}/"
        assert (await trusting(authority.trusting()).fetch(url)).body == b"hello"
        for tls, host in ((authority.trusting(), "bank.example"), (None, "shop.example")):
            with pytest.raises(Unreachable) as refused:
                await trusting(tls).fetch(f"https://{host}:{site.port}/")
            assert refused.value.code == "certificate"


async def test_tls_where_there_is_none(site: Site) -> None:
    assert (await refusal(f"https://127.0.0.1:{site.port}/"))[0] == "certificate"
