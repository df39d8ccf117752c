"""This installation as others see it: TLS, certificate and headers at its public address."""

import http.client
import socket
import ssl
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from keys.encryption import is_service_answering, service_name

WAIT_SECONDS: Final = 5.0
# Whether it is well that a version is spoken. What is modern speaks the last alone.
VERSIONS: Final = (
    ("TLS 1.0", ssl.TLSVersion.TLSv1, False),
    ("TLS 1.1", ssl.TLSVersion.TLSv1_1, False),
    ("TLS 1.2", ssl.TLSVersion.TLSv1_2, True),
    ("TLS 1.3", ssl.TLSVersion.TLSv1_3, True),
)
HEADERS: Final = (
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
)
HSTS: Final = "Strict-Transport-Security"
PLAIN: Final = (
    "Plain HTTP on this machine: there is no certificate and no TLS to look at. An address that"
    " others reach is never served so."
)
SOON_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that was seen, and whether it is as it must be."""

    subject: str
    told: str
    is_well: bool


def look_from_outside(url: str, *, now: datetime) -> tuple[bool, dict[str, Any]]:
    """Ask at `url` as a browser would, and say what came back; and whether the key service answers.

    Nothing of it is behind the wall: it resolves the name and connects like anybody else.
    """
    place = urlsplit(url)
    seen = [*_transport(place, now), *_headers(place)]
    is_answering = is_service_answering()
    report: dict[str, Any] = {
        "url": url,
        "seen": [asdict(each) for each in seen],
        "keys": {"service": service_name(), "is_answering": is_answering},
    }
    return is_answering and all(each.is_well for each in seen), report


def _transport(place: SplitResult, now: datetime) -> Iterator[Seen]:
    if place.scheme != "https":
        yield Seen("TLS", PLAIN, True)
        return
    for name, version, may in VERSIONS:
        yield _version(place, name, version, may=may)
    yield _certificate(place, now)
    yield _redirect(place)


def _version(place: SplitResult, name: str, version: ssl.TLSVersion, *, may: bool) -> Seen:
    """Whether a handshake with this version alone succeeds, whoever the certificate is for."""
    try:
        _handshake(place, _speaking(version))
    except ssl.SSLError as error:
        if error.reason == "NO_PROTOCOLS_AVAILABLE":
            return Seen(name, "can't be tried: this machine does not speak it", True)
        return Seen(name, "refused at the handshake", version != ssl.TLSVersion.TLSv1_3)
    except OSError:
        return Seen(name, "refused: the connection is closed", version != ssl.TLSVersion.TLSv1_3)
    return Seen(name, "accepted", may)


def _speaking(version: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")  # else ours would refuse what we want to see refused
    with warnings.catch_warnings():  # that the old versions are old is why they are tried
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    return context


def _certificate(place: SplitResult, now: datetime) -> Seen:
    """Valid for this name, by an authority that this machine trusts, and until when."""
    try:
        certificate = _handshake(place, ssl.create_default_context())
    except ssl.SSLCertVerificationError as error:
        return Seen("Certificate", f"not trusted: {error.verify_message}", False)
    except OSError as error:
        return Seen("Certificate", f"could not be looked at ({type(error).__name__})", False)
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    since = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notBefore"])), UTC)
    told = f"valid from {since:%Y-%m-%d} to {until:%Y-%m-%d}, issued by {_issuer(certificate)}"
    return Seen("Certificate", told, (until - now).days >= SOON_DAYS)


def _issuer(certificate: Mapping[str, Any]) -> str:
    names = dict(pair for part in certificate.get("issuer", ()) for pair in part)
    return str(names.get("organizationName") or names.get("commonName") or "somebody unnamed")


def _handshake(place: SplitResult, context: ssl.SSLContext) -> Mapping[str, Any]:
    host = place.hostname or ""
    with (
        socket.create_connection((host, place.port or 443), timeout=WAIT_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        return secure.getpeercert() or {}


def _redirect(place: SplitResult) -> Seen:
    """What is asked for in clear is led to HTTPS, and told nothing else."""
    if place.port not in {None, 443}:
        return Seen("Plain HTTP", "not looked for beside an address with a port", True)
    connection = http.client.HTTPConnection(place.hostname or "", 80, timeout=WAIT_SECONDS)
    with closing(connection):
        try:
            connection.request("GET", "/")
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException):
            return Seen("Plain HTTP", "not answered", True)
    leads = answer.headers.get("Location", "").startswith("https://")
    told = f"answered with {answer.status}" + (", to HTTPS" if leads else "")
    return Seen("Plain HTTP", told, leads and answer.status in {301, 308})


def _headers(place: SplitResult) -> Iterator[Seen]:
    """What a page is sent with."""
    try:
        found = _answer(place)
    except (OSError, http.client.HTTPException) as error:
        yield Seen("Headers", f"no page came back ({type(error).__name__})", False)
        return
    wanted = (*HEADERS, HSTS) if place.scheme == "https" else HEADERS
    for name in wanted:
        value = found.get(name)
        yield Seen(name, value or "missing", value is not None)
    cookies = found.get("Set-Cookie")
    yield Seen("Cookies of a first visit", "none" if cookies is None else "set", True)


def _answer(place: SplitResult) -> Mapping[str, str]:
    is_secure = place.scheme == "https"
    kind = http.client.HTTPSConnection if is_secure else http.client.HTTPConnection
    with closing(kind(place.hostname or "", place.port, timeout=WAIT_SECONDS)) as connection:
        connection.request("GET", "/")
        return dict(connection.getresponse().headers.items())
