"""OpenBao and HashiCorp Vault: keys of their transit engine, which never leave the server.

https://openbao.org/api-docs/secret/transit/ describes the engine.
"""

import base64
import binascii
import re
from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import SplitResult, parse_qsl
from uuid import UUID, uuid4

from askorac.environment import read
from askorac.net.faults import Forbidden
from askorac.sealing import KeyRevoked, KeysAway, Tampered

from .base import Access, UnusableAddress, associated
from .exchange import GARBLED, IN_CLEAR, PRIVATE, Reach, checked
from .openbao_server import DENIED, Answer, Body, Server

SCHEMES: Final = {
    "openbao+https": "https",
    "openbao+http": "http",
    "vault+https": "https",
    "vault+http": "http",
}
PREFIX: Final = "askorac-"
EXAMPLE: Final = "openbao+https://host:8200/transit"
OWN_EXAMPLE: Final = "openbao+https://host:8200/transit/keys/name"
_WRAPPED: Final = re.compile(rb"vault:v[0-9]+:[A-Za-z0-9+/=]+")
_NAME: Final = re.compile(r"\w(?:[\w.-]*\w)?", re.ASCII)
# A kind that can't encrypt: with it named, encrypting makes no key where there is none.
_MAKES_NONE: Final = {"type": "ecdsa-p256"}
_NOT_SO: Final = 400
_NO_MOUNT: Final = 404
_NO_KEY: Final = ("not found", "no existing key", "not supported for this operation")
_UNBOUND: Final = (
    "The key service does not bind what it encrypts to its organization."
    " Use OpenBao, or Vault 1.13 or later, and a key of the type aes256-gcm96."
)


class OpenBaoService:
    """Transit keys on one server.

    As the installation's service, at the mount path of the engine, each organization has a key
    of its own, `askorac-<organization id>`, made when something is first wrapped for it. As
    somebody's own, at `…/transit/keys/<name>`, one key is used, with the organization as
    associated data, and is neither made, nor rotated, nor destroyed:

        own = service_at(
            "openbao+https://vault.example:8200/transit/keys/askorac",
            access=Access(secret=token),  # or Access(name=role_id, secret=secret_id)
            is_guarded=True,
        )
        own.check()  # raises KeyRevoked or KeysAway with a sentence for whoever set it up
        outer = own.wrap(organization_id, inner)

    Its token needs `update` on `transit/encrypt/<name>` and `transit/decrypt/<name>`. Rewrapping
    decrypts and encrypts again: transit's own rewrap knows no associated data.
    """

    def __init__(self, server: Server, mount: str, *, name: str = "") -> None:
        self._server = server
        self._mount = mount
        self._name = name

    @property
    def can_destroy(self) -> bool:
        """See KeyService."""
        return not self._name

    @property
    def can_rotate(self) -> bool:
        """See KeyService."""
        return not self._name

    @property
    def has_access(self) -> bool:
        """Whether there is anything to ask the server with."""
        return self._server.has_access

    def wrap(self, organization_id: UUID, plain: bytes) -> bytes:
        """See KeyService."""
        return self._wrapped(self._encrypt(organization_id, plain))

    def unwrap(self, organization_id: UUID, wrapped: bytes) -> bytes:
        """See KeyService."""
        if not _WRAPPED.fullmatch(wrapped):
            raise Tampered
        return self._plain(self._decrypt(organization_id, wrapped))

    def rewrap(self, organization_id: UUID, wrapped: bytes) -> bytes:
        """See KeyService."""
        return self.wrap(organization_id, self.unwrap(organization_id, wrapped))

    def rotate(self, organization_id: UUID) -> None:
        """See KeyService."""
        if self.can_rotate:
            self._change("PUT", f"{self._key(organization_id)}/rotate")

    def destroy(self, organization_id: UUID) -> None:
        """See KeyService."""
        if not self.can_destroy:
            return
        key = self._key(organization_id)
        self._change("PUT", f"{key}/config", Body(deletion_allowed=True))
        self._change("DELETE", key)

    def check(self, organization_id: UUID | None = None) -> None:
        """See KeyService. On an installation's service it tries a key of nobody's, and destroys
        that again."""
        if organization_id is None or not self._name:
            organization_id = uuid4()
        plain = b"askorac"
        encrypted = self._told(self._encrypt(organization_id, plain), "encrypt", "create, update")
        wrapped = self._wrapped(encrypted)
        decrypted = self._told(self._decrypt(organization_id, wrapped), "decrypt", "update")
        if self._plain(decrypted) != plain:
            raise KeysAway(GARBLED)
        if self._decrypt(organization_id, wrapped, bound_to=uuid4()).is_ok:
            raise KeysAway(_UNBOUND)
        if self.can_destroy:
            for step in (self.rotate, self.destroy):
                self._try_change(step, organization_id)

    def _try_change(self, step: Callable[[UUID], None], organization_id: UUID) -> None:
        try:
            step(organization_id)
        except KeyRevoked:
            raise KeyRevoked(self._lacks("keys", "update, delete")) from None

    def _encrypt(self, organization_id: UUID, plain: bytes) -> Answer:
        makes_none = _MAKES_NONE if self._name else {}
        body = Body(plaintext=_text(plain), **_bound(organization_id), **makes_none)
        return self._server.ask("PUT", self._path("encrypt", organization_id), body)

    def _decrypt(
        self, organization_id: UUID, wrapped: bytes, *, bound_to: UUID | None = None
    ) -> Answer:
        body = Body(ciphertext=wrapped.decode("ascii"), **_bound(bound_to or organization_id))
        return self._server.ask("PUT", self._path("decrypt", organization_id), body)

    def _change(self, method: str, path: str, body: Body | None = None) -> None:
        """Change a key, if it is there."""
        answer = self._server.ask(method, path, body)
        if not answer.is_ok and not _is_no_key(answer):
            raise answer.fault

    def _wrapped(self, answer: Answer) -> bytes:
        if not answer.is_ok:
            raise answer.fault
        text = answer.data.get("ciphertext")
        if not isinstance(text, str) or not _WRAPPED.fullmatch(text.encode("utf-8", "replace")):
            raise KeysAway(GARBLED)
        return text.encode()

    def _plain(self, answer: Answer) -> bytes:
        if not answer.is_ok:
            raise answer.fault
        plain = _from_text(answer.data.get("plaintext"))
        if plain is None:
            raise KeysAway(GARBLED)
        return plain

    def _path(self, verb: str, organization_id: UUID) -> str:
        return f"{self._mount}/{verb}/{self._name or f'{PREFIX}{organization_id}'}"

    def _key(self, organization_id: UUID) -> str:
        return self._path("keys", organization_id)

    def _told(self, answer: Answer, verb: str, rights: str) -> Answer:
        """The answer, if it is good; else raises KeyRevoked with what to do about it."""
        if answer.is_ok:
            return answer
        if answer.status == DENIED:
            raise KeyRevoked(self._lacks(verb, "update" if self._name else rights))
        if "soft-deleted" in answer.error:
            raise KeyRevoked(f"The key {self._name} is deleted. Restore it.")
        if "non-aead" in answer.error:
            raise KeyRevoked(f"The key {self._name} is of another kind. Make it an aes256-gcm96.")
        if _is_no_key(answer) and self._name:
            make = f"bao write -f {self._mount}/keys/{self._name}"
            raise KeyRevoked(f"There is no key {self._name}. Make it: {make}")
        if answer.status == _NO_MOUNT:
            enable = f"bao secrets enable -path={self._mount} transit"
            raise KeyRevoked(f"There is no transit engine at {self._mount}. Enable it: {enable}")
        raise KeyRevoked("The key service refuses to use this key. Its audit log says why.")

    def _lacks(self, verb: str, rights: str) -> str:
        path = f"{self._mount}/{verb}/{self._name or f'{PREFIX}*'}"
        quoted = ", ".join(f'"{right}"' for right in rights.split(", "))
        return (
            f"The key service refuses {path}: there is no such key, the token has ended, or its"
            " policy lacks this right."
            f' Write into the policy: path "{path}" {{ capabilities = [{quoted}] }}'
        )


def openbao_at(parts: SplitResult, access: Access | None, *, is_guarded: bool) -> OpenBaoService:
    """The service at an address. Raises UnusableAddress."""
    scheme = SCHEMES[parts.scheme]
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    mount, name = _place(parts.path)
    if is_guarded and not name:
        raise UnusableAddress(f"Name the key, too: {OWN_EXAMPLE}")
    if not options.keys() <= {"namespace", "approle"} or parts.fragment:
        raise UnusableAddress("Beside the path there can be ?namespace= and &approle=, no more.")
    if not all(_is_path(value) for value in options.values()):
        raise UnusableAddress("A namespace, and the mount of an AppRole, is a path like team/one.")
    reach = Reach.of(in_clear=scheme == "http", is_guarded=is_guarded)
    server = Server(
        _base(f"{scheme}://{parts.netloc}", reach),
        reach,
        _given if access is None else partial(_same, access),
        options.get("namespace", ""),
        options.get("approle", "approle"),
    )
    return OpenBaoService(server, mount, name=name)


def _base(url: str, reach: Reach) -> str:
    """Raises UnusableAddress; a name is looked up, and what it leads to checked, when asked."""
    try:
        return checked(url, reach).rstrip("/")
    except Forbidden as fault:
        code = fault.code
    if code in {"address", "port"}:
        raise UnusableAddress(IN_CLEAR if reach.is_in_clear else PRIVATE)
    raise UnusableAddress(f"The host of the key service is none. Write {EXAMPLE}")


def _place(path: str) -> tuple[str, str]:
    """The mount path, and the name of the key or ""."""
    parts = path.strip("/").split("/")
    mount, name = (parts[:-2], parts[-1]) if parts[-2:-1] == ["keys"] else (parts, "")
    if not _is_path("/".join(mount)) or (name and not _NAME.fullmatch(name)):
        raise UnusableAddress(f"Write the mount path of the transit engine: {EXAMPLE}")
    return "/".join(mount), name


def _is_path(text: str) -> bool:
    return all(_NAME.fullmatch(part) for part in text.split("/"))


def _bound(organization_id: UUID) -> dict[str, str]:
    """Associated data; as context as well, which a derived key wants, and others ignore."""
    bound_to = _text(associated(organization_id))
    return {"associated_data": bound_to, "context": bound_to}


def _same(access: Access) -> Access:
    return access


def _given() -> Access:
    """What the environment gives, read anew each time: a token in a file is renewed there."""
    if role := read("KMS_ROLE_ID"):
        return Access(role, read("KMS_SECRET_ID"))
    return Access(secret=read("KMS_TOKEN"))


def _is_no_key(answer: Answer) -> bool:
    return answer.status == _NOT_SO and any(words in answer.error for words in _NO_KEY)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _from_text(text: object) -> bytes | None:
    """None if it spells no bytes."""
    if not isinstance(text, str) or not text.isascii():
        return None
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
