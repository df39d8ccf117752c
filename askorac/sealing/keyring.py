"""The open keys of one organization: they seal, open and make words blind."""

import hashlib
import hmac
import time
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from . import blobs
from .faults import Tampered

DIGEST_BYTES: Final = 16


@dataclass(frozen=True, slots=True, repr=False)
class OpenKeys:
    """Data keys in clear, as the vault hands them out. They are shown by nothing.

    ``content`` maps a version to (the key, the Unix time from which it seals): a new key is known
    to every process before the first uses it. ``words`` makes words blind.
    """

    content: dict[int, tuple[bytes, float]]
    words: bytes


@dataclass(slots=True, repr=False, eq=False)
class Keyring:
    """The keys of one organization, for as long as its key service grants them.

    ``held`` is for what was opened into memory at some cost: it goes when the ring goes.
    """

    organization_id: UUID
    keys: OpenKeys
    held: dict[Any, Any] = field(default_factory=dict)
    _ciphers: dict[int, AESGCM] = field(init=False)

    def __post_init__(self) -> None:
        self._ciphers = {version: AESGCM(key) for version, (key, _) in self.keys.content.items()}

    @property
    def version(self) -> int:
        """The data key that seals now."""
        now = time.time()
        return max(
            version for version, (_, seals_from) in self.keys.content.items() if seals_from <= now
        )

    def seal(self, plain: bytes, *, purpose: str, row_id: UUID) -> bytes:
        """Seal a value for one column of one row."""
        bound_to = blobs.binding(self.organization_id, purpose=purpose, row_id=row_id)
        version = self.version
        return blobs.seal(self._ciphers[version], version, plain, bound_to)

    def open(self, blob: bytes, *, purpose: str, row_id: UUID) -> bytes:
        """Open what was sealed for that column of that row. Raises Tampered."""
        bound_to = blobs.binding(self.organization_id, purpose=purpose, row_id=row_id)
        return blobs.unseal(self.cipher(blobs.version_of(blob)), blob, bound_to)

    def cipher(self, version: int) -> AESGCM:
        """The data key of a version. Raises Tampered if it is not there, or no longer."""
        cipher = self._ciphers.get(version)
        if cipher is None:
            raise Tampered
        return cipher

    def digest(self, text: str, *, purpose: str) -> bytes:
        """16 bytes that are equal for equal texts and tell nothing without the key.

        HMAC (RFC 2104) with SHA-256, cut.
        """
        message = purpose.encode() + b"\0" + text.encode()
        return hmac.digest(self.keys.words, message, "sha256")[:DIGEST_BYTES]

    def blind(self, stem: str) -> int:
        """A stem as the 64-bit signed number that stands for it in an index.

        Keyed BLAKE2b (RFC 7693).
        """
        digest = hashlib.blake2b(stem.encode(), digest_size=8, key=self.keys.words).digest()
        return int.from_bytes(digest, "big", signed=True)

    def __repr__(self) -> str:
        return f"Keyring({self.organization_id})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A keyring does not leave its process.")
