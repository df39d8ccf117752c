"""AWS's key service: what its refusals and its silences mean. The server asks for no right, so
refusals are written as AWS writes them."""

import json
import logging
import re
import socket
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest

from askorac.sealing import KeyRevoked, KeysAway, Tampered
from askorac.testing.web import Site, reply, running_site
from keys.services import Access, KeyService, UnusableAddress, service_at
from keys.services.aws import AwsService
from keys.tests.aws import aws_key, kms
from keys.tests.test_key_stays_hidden import shown
from keys.tests.test_services_away import TELLING, calls, fault_of

KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE = "arn:aws:iam::111122223333:role/askorac"


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


def service_on(site: Site, access: Access | None = None) -> KeyService:
    access = access or Access(f"AKID{TELLING}", f"secret-{TELLING}")
    return service_at(f"awskms://eu-central-1/{KEY}?endpoint={site.url}", access=access)


def refusal(code: str, status: str = "400 Bad Request") -> bytes:
    said = {"__type": code, "message": "User: arn:aws:iam::1:user/x is not authorized"}
    return reply(
        json.dumps(said).encode(), status=status, content_type="application/x-amz-json-1.1"
    )


REFUSALS = {
    "AccessDeniedException": "Allow it on this key",
    "DisabledException": "Enable it",
    "KMSInvalidStateException": "Enable it",
    "NotFoundException": "Check the address",
    "InvalidKeyUsageException": "Make a symmetric one",
    "UnrecognizedClientException": "AWS refuses who asks",
    "ExpiredTokenException": "AWS refuses who asks",
    "SomethingNewException": "AWS refuses who asks",
}


@pytest.mark.parametrize("code", REFUSALS)
def test_refusals(code: str, site: Site) -> None:
    site.pages["/"] = refusal(code)
    service = service_on(site)
    for call in calls(service):
        refused = fault_of(call)
        assert type(refused) is KeyRevoked
        assert TELLING not in shown(refused)
        assert (refused.__cause__, refused.__context__) == (None, None)
    assert REFUSALS[code] in fault_of(service.check).sentence


@pytest.mark.parametrize("code", ["InvalidCiphertextException", "IncorrectKeyException"])
def test_what_was_not_wrapped_with_this_key(code: str, site: Site) -> None:
    site.pages["/"] = refusal(code)
    with pytest.raises(Tampered):
        service_on(site).unwrap(uuid4(), b"wrapped")


def silence(connection: socket.socket, _: str) -> None:
    """No answer, until whoever asks has gone."""
    while connection.recv(65536):
        pass


SILENCES = {
    "busy": (refusal("ThrottlingException"), "Raise the quota"),
    "too many": (refusal("X", "429 Too Many"), "Raise the quota"),
    "fault": (refusal("KMSInternalException", "500 Oops"), "can't be reached"),
    "later": (refusal("KeyUnavailableException", "500 Oops"), "can't be reached"),
    "away": (refusal("DependencyTimeoutException", "503 Away"), "can't be reached"),
    "proxy": (reply(b"<h1>Bad gateway", status="502 Bad Gateway"), "can't be reached"),
    "page": (reply(b"<h1>Welcome"), "Check the address"),
    "refusing page": (reply(b"<h1>Forbidden", status="403 Forbidden"), "Check the address"),
    "moved": (reply(b"", status="302 Found"), "Check the address"),
    "empty": (reply(b"{}"), "Check the address"),
    "list": (reply(b"[]"), "Check the address"),
    "null": (reply(b"null"), "Check the address"),
    "odd": (reply(b'{"CiphertextBlob": 5, "Plaintext": 5}'), "Check the address"),
    "noise": (b"\x00\xff\x00\r\n\r\n", "can't be reached"),
    "silence": (silence, "can't be reached"),
}


@pytest.mark.parametrize("name", SILENCES)
def test_silences(
    name: str, site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    if name == "silence":
        monkeypatch.setattr("keys.services.aws_client.READ_SECONDS", 0.5)
    site.pages["/"], sentence = SILENCES[name]
    for call in calls(service_on(site))[: 1 if name == "silence" else None]:
        begun = time.monotonic()
        away = fault_of(call)
        assert time.monotonic() - begun < 30
        assert type(away) is KeysAway
        assert re.search(sentence, away.sentence)
        assert TELLING not in shown(away)
        assert (away.__cause__, away.__context__) == (None, None)
    assert TELLING not in caplog.text


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        service = service_on(Site("127.0.0.1", taken.getsockname()[1]))
        with pytest.raises(KeysAway, match="can't be reached"):
            service.check()


def test_a_role_that_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", f"AKID{TELLING}")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", f"machines-{TELLING}")
    denied = b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
    asked = []

    def deny(connection: socket.socket, text: str) -> None:
        asked.append(text if "RoleArn" in text else connection.recv(65536).decode())
        connection.sendall(reply(denied, status="403 Forbidden", content_type="text/xml"))

    site.pages["/"] = deny
    organization_id = uuid4()
    service = service_on(site, Access(ROLE))
    refused = fault_of(lambda: service.check(organization_id))
    assert type(refused) is KeyRevoked
    assert f"ExternalId={organization_id}" in asked[0]
    assert "trust policy" in refused.sentence
    assert TELLING not in shown(refused)


def test_a_role_is_taken_on_anew_before_long(
    aws_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDOFTHEMACHINE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr("keys.services.aws_client.ROLE_SECONDS", 0.0)
    address = f"awskms://eu-central-1/{aws_key(aws_endpoint)}?endpoint={aws_endpoint}"
    access = Access("arn:aws:iam::123456789012:role/askorac")
    service = service_at(address, access=access)
    organization_id = uuid4()
    assert service.unwrap(organization_id, service.wrap(organization_id, b"key")) == b"key"


def test_the_machine_has_nothing_to_ask_with(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr("keys.services.aws_client._session", fresh_session)
    service = service_at(f"awskms://eu-central-1/{KEY}?endpoint={site.url}")
    with pytest.raises(KeysAway, match="AWS_ACCESS_KEY_ID"):
        service.check()


def fresh_session() -> object:
    from boto3.session import Session

    return Session()


def test_a_key_by_its_alias(aws_endpoint: str) -> None:
    key = aws_key(aws_endpoint)
    with kms(aws_endpoint) as owner:
        owner.create_alias(AliasName="alias/ours", TargetKeyId=key)
        address = f"awskms://eu-central-1/alias/ours?endpoint={aws_endpoint}"
        service_at(address, access=Access("AKID", "secret")).check()


@pytest.mark.parametrize(
    "address",
    [
        "awskms://eu-central-1/",
        "awskms:///alias/askorac",
        "awskms://eu-central-1.evil.example/alias/askorac",
        "awskms://eu-central-1/alias/askorac?endpoint=https://evil.example",
        "awskms://eu-central-1/../x",
        f"awskms://eu-central-1:443/{KEY}",
        f"awskms://eu-central-1/{KEY}#x",
    ],
)
def test_addresses_that_a_customer_may_not_give(address: str) -> None:
    with pytest.raises(UnusableAddress):
        service_at(address, access=Access("AKID", "secret"), is_guarded=True)


@pytest.mark.parametrize(
    "access",
    [Access(), Access(secret="alone"), Access("AKID"), Access("arn:aws:iam::1:user/x", "secret")],
    ids=["nothing", "no name", "no secret", "no role"],
)
def test_access_that_a_customer_may_not_give(access: Access) -> None:
    with pytest.raises(UnusableAddress):
        service_at(f"awskms://eu-central-1/{KEY}", access=access, is_guarded=True)


@pytest.mark.parametrize("endpoint", ["http://8.8.8.8", "http://10.0.0.1:4566", "ftp://x", "x"])
def test_endpoints_that_nobody_may_give(endpoint: str) -> None:
    with pytest.raises(UnusableAddress):
        service_at(f"awskms://eu-central-1/{KEY}?endpoint={endpoint}")


def test_a_customers_key_by_its_full_name() -> None:
    arn = f"arn:aws:kms:eu-central-1:111122223333:key/{KEY}"
    service = service_at(f"awskms://eu-central-1/{arn}", access=Access(ROLE), is_guarded=True)
    assert isinstance(service, AwsService)
