"""Asking an OpenBao or Vault server: JSON, a token, and what its refusals mean."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from askorac.sealing import KeyRevoked, KeysAway, SealFault, Tampered

from .base import Access
from .exchange import GARBLED, Question, Reach, Reply, exchange

_OK: Final = range(200, 300)
DENIED: Final = 403
_REDIRECTS: Final = range(300, 400)
_TOO_MANY: Final = 429
_SEALED: Final = 503
_SERVER_FAULT: Final = 500
_FITS_A_HEADER: Final = re.compile(r"[!-~]+")
_RENEWED_EVERY_SECONDS: Final = 3600.0
_USED_OF_A_LEASE: Final = 0.8
_SHORTEST_SECONDS: Final = 10.0
FRESH_SECONDS: Final = 5.0

NOTHING_GIVEN: Final = (
    "Nothing to ask the key service with is set. Set KMS_TOKEN, or KMS_ROLE_ID and KMS_SECRET_ID."
)
UNUSABLE: Final = "The token of the key service holds characters that no token has. Set it again."
ROLE_REFUSED: Final = (
    "The key service refuses the AppRole: its role_id or secret_id is wrong, has ended, or was"
    " taken away. Give a new secret_id."
)
SEALED: Final = "The key service is sealed. Unseal it; nothing is lost."
TOO_OFTEN: Final = "The key service is asked more often than it allows. Raise its quota."
ELSEWHERE: Final = (
    "The key service sends AskOrac elsewhere, which is not followed. Give the address of its active"
    " node, or of what stands before all of them."
)
BROKEN: Final = "The key service has a fault of its own. Look into its log; nothing is lost."
# What transit says of a ciphertext that is not what it made, in any of its versions.
_NOT_WHAT_WAS_WRAPPED: Final = ("message authentication failed", "invalid ciphertext")


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What the server said; `error` in small letters, and for us alone: it may repeat anything."""

    status: int
    data: dict[str, Any]
    error: str

    @property
    def is_ok(self) -> bool:
        return self.status in _OK

    @property
    def fault(self) -> SealFault:
        """What a refusal means for what was to be opened."""
        if any(words in self.error for words in _NOT_WHAT_WAS_WRAPPED):
            return Tampered()
        return KeyRevoked()


@dataclass(slots=True, repr=False)
class Token:
    """A token, since when it is here, and until when it needs no looking after."""

    value: str = ""
    since: float = 0.0
    until: float = 0.0

    def in_header(self) -> dict[str, str]:
        """As it is sent. Raises KeysAway if it fits no header: the library would repeat it."""
        if self.value and not _FITS_A_HEADER.fullmatch(self.value):
            raise KeysAway(UNUSABLE)
        return {"X-Vault-Token": self.value} if self.value else {}


class Body(dict[str, Any]):
    """What is sent: it may hold a key, or a secret, and is shown by nothing."""

    def __repr__(self) -> str:
        return "Body(hidden)"


@dataclass(slots=True, repr=False, eq=False)
class Server:
    """One server, asked with a token, or with those that an AppRole fetches.

    `base` is such as `https://host:8200`; `access` is called each time, so that a token in a file
    can be a new one. What asks are the methods of `openbao.OpenBaoService`.
    """

    base: str
    reach: Reach
    access: Callable[[], Access]
    namespace: str = ""
    approle: str = "approle"
    _fetched: Token = field(default_factory=Token)
    _renewed: Token = field(default_factory=Token)
    _lock: Lock = field(default_factory=Lock)

    @property
    def has_access(self) -> bool:
        """Whether there is a token, or a secret_id to fetch one with."""
        return bool(self.access().secret)

    def ask(self, method: str, path: str, body: Body | None = None) -> Answer:
        """The server's answer; raises KeysAway for none, and KeyRevoked for a refused AppRole."""
        access = self.access()
        token = self._token_of(access)
        answer = self._send(method, path, body, token)
        if answer.status == DENIED and access.name and self._gives_up(token):
            answer = self._send(method, path, body, self._token_of(access))
        if answer.is_ok and not access.name:
            self._renew(token)
        return answer

    def _token_of(self, access: Access) -> Token:
        if not access.secret:
            raise KeysAway(NOTHING_GIVEN)
        if not access.name:
            return Token(access.secret)
        with self._lock:
            if time.monotonic() >= self._fetched.until:
                self._fetched = self._log_in(access)
            return self._fetched

    def _log_in(self, access: Access) -> Token:
        body = Body(role_id=access.name, secret_id=access.secret)
        answer = self._send("PUT", f"auth/{self.approle}/login", body, Token())
        if not answer.is_ok:
            raise KeyRevoked(ROLE_REFUSED)
        seconds = answer.data.get("lease_duration")
        if not isinstance(answer.data.get("client_token"), str) or not isinstance(seconds, int):
            raise KeysAway(GARBLED)
        lasts = seconds * _USED_OF_A_LEASE if seconds else _RENEWED_EVERY_SECONDS
        return _until(answer.data["client_token"], lasts)

    def _gives_up(self, token: Token) -> bool:
        """Whether to fetch another token: this one may have ended before its time. A fresh one
        has not, and a refusal of it is not asked about again and again."""
        with self._lock:
            if self._fetched is token:
                if time.monotonic() - token.since < FRESH_SECONDS:
                    return False
                self._fetched = Token()
        return True

    def _renew(self, token: Token) -> None:
        """Let a token that is given for a period live on; others refuse, and that is no matter."""
        with self._lock:
            if self._renewed.value == token.value and time.monotonic() < self._renewed.until:
                return
            self._renewed = _until(token.value, _RENEWED_EVERY_SECONDS)
        try:
            answer = self._send("PUT", "auth/token/renew-self", Body(), token)
        except KeysAway:
            return
        seconds = answer.data.get("lease_duration")
        if isinstance(seconds, int) and seconds > 0:
            again = min(max(seconds / 3, _SHORTEST_SECONDS), _RENEWED_EVERY_SECONDS)
            self._renewed = _until(token.value, again)

    def _send(self, method: str, path: str, body: Body | None, token: Token) -> Answer:
        question = Question(
            method,
            f"{self.base}/v1/{path}",
            headers={
                **token.in_header(),
                **({"X-Vault-Namespace": self.namespace} if self.namespace else {}),
                "X-Vault-Request": "true",
                "Content-Type": "application/json",
            },
            body=b"" if body is None else json.dumps(body).encode(),
            reach=self.reach,
        )
        reply = exchange(question)
        return _answer(reply)


def _until(token: str, seconds: float) -> Token:
    now = time.monotonic()
    return Token(token, now, now + seconds)


def _answer(reply: Reply) -> Answer:
    """Raises KeysAway for what is no answer of such a server to such a question."""
    if reply.status == _SEALED:
        raise KeysAway(SEALED)
    if reply.status == _TOO_MANY:
        raise KeysAway(TOO_OFTEN)
    if reply.status >= _SERVER_FAULT:
        raise KeysAway(BROKEN)
    if reply.status in _REDIRECTS:
        raise KeysAway(ELSEWHERE)
    answer = _read(reply)
    if answer is None:
        raise KeysAway(GARBLED)
    return answer


def _read(reply: Reply) -> Answer | None:
    """None for what such a server never says: a proxy's own page, say, or half of an answer."""
    is_ok = reply.status in _OK
    if is_ok and not reply.body:
        return Answer(reply.status, {}, "")
    try:
        said = json.loads(reply.body)
    except ValueError:
        return None
    if not isinstance(said, dict) or not (is_ok or isinstance(said.get("errors"), list)):
        return None
    data = said.get("auth") or said.get("data") or {}
    if not isinstance(data, dict):
        return None
    return Answer(reply.status, data, " ".join(map(str, said.get("errors") or ())).lower())
