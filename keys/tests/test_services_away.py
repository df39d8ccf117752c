"""A key service that is away, or something else: told apart, in time, and nothing of it shown."""

import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from askorac.net.addresses import Address, networks_of
from askorac.net.tests.test_fetching import Authority
from askorac.sealing import KeyRevoked, KeysAway, SealFault
from askorac.testing.openbao import OpenBao
from askorac.testing.web import Say, Site, redirect, reply, running_site
from keys.services import Access, KeyService, service_at
from keys.services import exchange as exchange_module
from keys.services.openbao_server import UNUSABLE
from keys.tests.test_key_stays_hidden import shown

TELLING = "7f3a90-tells-it"
TOKEN, ROLE_ID, SECRET_ID = (f"{name}-{TELLING}" for name in ("s.token", "role", "secret"))
WRAPPED = b"vault:v1:YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo="
JSON = "application/json"
Page = bytes | Say


def trickle(connection: socket.socket, _: str) -> None:
    """An answer that goes on and on, each part in time."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
    for _part in range(3000):
        connection.sendall(b" ")
        time.sleep(0.02)


def silence(connection: socket.socket, _: str) -> None:
    """No answer, until whoever asks has gone."""
    while connection.recv(65536):
        pass


def hang_up(connection: socket.socket, _: str) -> None:
    connection.shutdown(socket.SHUT_RDWR)


PAGES: dict[str, tuple[Page, str]] = {
    "fault": (reply(b'{"errors":["x"]}', status="500 Oops", content_type=JSON), "fault of its own"),
    "proxy": (reply(b"<h1>Bad gateway", status="502 Bad Gateway"), "fault of its own"),
    "sealed": (reply(b'{"errors":["Vault is sealed"]}', status="503 No"), "Unseal it"),
    "quota": (reply(b'{"errors":["too many"]}', status="429 Too Many"), "Raise its quota"),
    "page": (reply(b"<h1>Welcome"), "Check the address"),
    "refusing page": (reply(b"<h1>Forbidden", status="403 Forbidden"), "Check the address"),
    "list": (reply(b"[]", content_type=JSON), "Check the address"),
    "odd data": (reply(b'{"data":{"plaintext":["x"]}}', content_type=JSON), "Check the address"),
    "no data": (reply(b'{"data":null}', content_type=JSON), "Check the address"),
    "odd text": (reply(b'{"data":{"ciphertext":"\\ud800","plaintext":"\\ud800"}}'), "Check the ad"),
    "half": (reply(b'{"data":{"plain', content_type=JSON), "Check the address"),
    "elsewhere": (redirect("http://127.0.0.1:1/v1/transit"), "Give the address of its active node"),
    "long": (reply(b"[" + b" " * 100_000), "Check the address"),
    "noise": (b"\x00\xff\x00\r\n\r\n", "Check the address"),
    "hang-up": (hang_up, "can't be reached"),
    "cut": (reply(b"x" * 100)[:-50], "can't be reached|Check the address"),
    "silence": (silence, "too long"),
    "trickle": (trickle, "too long"),
}


@pytest.fixture(autouse=True)
def privately(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.conf.settings.ALLOW_PRIVATE_ADDRESSES", networks_of("127.0.0.0/8"))


@pytest.fixture(params=[Access(secret=TOKEN), Access(ROLE_ID, SECRET_ID)], ids=["token", "role"])
def access(request: pytest.FixtureRequest) -> Access:
    found: Access = request.param
    return found


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


def service_on(site: Site, access: Access) -> KeyService:
    address = f"openbao+{site.url}/transit/keys/own"
    return service_at(address, access=access, is_guarded=True)


def calls(service: KeyService) -> list[Callable[[], object]]:
    organization_id = uuid4()
    return [
        lambda: service.wrap(organization_id, b"key"),
        lambda: service.unwrap(organization_id, WRAPPED),
        lambda: service.rewrap(organization_id, WRAPPED),
        service.check,
    ]


def fault_of(call: Callable[[], object]) -> SealFault:
    """What a call raises, with the frames below this one."""
    try:
        call()
    except SealFault as fault:
        return fault
    raise AssertionError("Nothing was raised.")


def all_pages(page: Page) -> dict[str, Page]:
    paths = ("transit/encrypt/own", "transit/decrypt/own", "auth/approle/login")
    return {f"/v1/{path}": page for path in paths}


@pytest.mark.parametrize("name", PAGES)
def test_what_is_no_answer_is_a_service_that_is_away(
    name: str,
    site: Site,
    access: Access,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    page, sentence = PAGES[name]
    if sentence == "too long":
        monkeypatch.setattr(exchange_module, "CALL_SECONDS", 0.5)
    site.pages = all_pages(page)
    for call in calls(service_on(site, access))[: 1 if callable(page) else None]:
        begun = time.monotonic()
        away = fault_of(call)
        assert time.monotonic() - begun < 30
        assert type(away) is KeysAway
        assert re.search(sentence, away.sentence)
        assert TELLING not in shown(away)
        assert (away.__cause__, away.__context__) == (None, None)
    assert TELLING not in caplog.text


def test_refusals_show_nothing_either(site: Site, access: Access) -> None:
    refusal = reply(b'{"errors":["permission denied"]}', status="403 Forbidden")
    site.pages = all_pages(refusal)
    for call in calls(service_on(site, access)):
        refused = fault_of(call)
        assert type(refused) is KeyRevoked
        assert TELLING not in shown(refused)
    assert access.name or TELLING in site.requests[0]  # it was asked with it


def test_nobody_listens(access: Access) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        site = Site("127.0.0.1", taken.getsockname()[1])
        away = fault_of(service_on(site, access).check)
    assert (type(away), away.sentence) == (KeysAway, exchange_module.AWAY)
    assert TELLING not in shown(away)


def test_a_server_that_hangs_and_goes_on(openbao: OpenBao, monkeypatch: pytest.MonkeyPatch) -> None:
    key = openbao.make_key()
    service = service_at(openbao.address_of(key), access=Access(secret=openbao.root_token))
    wrapped = service.wrap(uuid4(), b"key")
    openbao.hang()
    try:
        with monkeypatch.context() as hurry, pytest.raises(KeysAway, match="too long"):
            hurry.setattr(exchange_module, "CALL_SECONDS", 0.5)
            service.unwrap(uuid4(), wrapped)
    finally:
        openbao.go_on()
    service.check()


@pytest.mark.parametrize("token", ["s.two\nlines", "s.ünï", "s.with space"])
def test_a_token_that_fits_no_header(site: Site, token: str) -> None:
    away = fault_of(service_on(site, Access(secret=token)).check)
    assert (type(away), away.sentence) == (KeysAway, UNUSABLE)
    assert token not in shown(away)
    assert site.connections == 0


def test_a_server_without_tls(site: Site) -> None:
    address = f"openbao+https://127.0.0.1:{site.port}/transit/keys/own"
    with pytest.raises(KeysAway, match="No secure connection"):
        service_at(address, access=Access(secret=TOKEN), is_guarded=True).check()


def test_a_certificate_is_held_against_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent before it is trusted; then the token is, over TLS."""
    authority = Authority(tmp_path)

    async def here(host: str) -> list[Address]:
        return [networks_of("127.0.0.1")[0].network_address]

    monkeypatch.setattr(exchange_module, "look_up", here)
    with running_site(tls=authority.serving("bao.example")) as site:
        for host, trusted in (("bao.example", False), ("vault.example", True)):
            if trusted:
                monkeypatch.setattr(exchange_module, "_tls", authority.trusting)
            service = service_at(
                f"openbao+https://{host}:{site.port}/transit/keys/own",
                access=Access(secret=TOKEN),
                is_guarded=True,
            )
            assert fault_of(service.check).sentence == exchange_module.UNTRUSTED
        assert site.requests == []
        address = f"openbao+https://bao.example:{site.port}/transit/keys/own"
        trusted_service = service_at(address, access=Access(secret=TOKEN), is_guarded=True)
        assert fault_of(trusted_service.check).sentence == exchange_module.GARBLED  # a plain 404
        assert TELLING in site.requests[0]


def test_a_name_that_leads_inside(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked up anew for each connection, and refused before anything is sent."""
    monkeypatch.setattr("django.conf.settings.ALLOW_PRIVATE_ADDRESSES", ())
    led: list[str] = []

    async def inside(host: str) -> list[Address]:
        led.append(host)
        return [networks_of("127.0.0.1")[0].network_address]

    monkeypatch.setattr(exchange_module, "look_up", inside)
    for scheme in ("openbao+https", "openbao+http"):
        address = f"{scheme}://rebound.example:8200/transit/keys/own"
        service = service_at(address, access=Access(secret=TOKEN), is_guarded=True)
        with pytest.raises(KeysAway, match="ALLOW_PRIVATE_ADDRESSES"):
            service.check()
    assert led == ["rebound.example"] * 2


def test_plain_http_to_a_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    async def outside(host: str) -> list[Address]:
        return [networks_of("8.8.8.8")[0].network_address]

    monkeypatch.setattr(exchange_module, "look_up", outside)
    service = service_at("openbao+http://bao.example/transit", access=Access(secret=TOKEN))
    with pytest.raises(KeysAway, match="Use https"):
        service.check()


def test_from_many_threads_at_once(openbao: OpenBao) -> None:
    key, organization_id = openbao.make_key(), uuid4()
    service = service_at(openbao.address_of(key), access=Access(secret=openbao.root_token))
    wrapped, opened = service.wrap(organization_id, b"key"), []
    threads = [
        threading.Thread(target=lambda: opened.append(service.unwrap(organization_id, wrapped)))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == [b"key"] * 20
