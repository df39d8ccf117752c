"""AES-256-GCM (NIST SP 800-38D) over one value, bound to where it lies. Pure: no Django.

A blob is: format (1 byte), version of the data key (4 bytes), nonce (12 bytes), ciphertext with
its tag. Organization, purpose and row are associated data, so that a blob that is moved to
another row, column or organization does not open.
"""

import os
import struct
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .faults import Tampered

KEY_BYTES: Final = 32
OVERHEAD_BYTES: Final = 1 + 4 + 12 + 16
_FORMAT: Final = 1
_HEAD: Final = struct.Struct(">BI")
_NONCE_BYTES: Final = 12
_CONTEXT: Final = b"askorac seal v1\0"


def binding(organization_id: UUID, *, purpose: str, row_id: UUID) -> bytes:
    """What a blob is bound to, as associated data."""
    return _CONTEXT + organization_id.bytes + row_id.bytes + purpose.encode()


def seal(cipher: AESGCM, version: int, plain: bytes, bound_to: bytes) -> bytes:
    """A fresh blob; two of the same value differ."""
    head, nonce = _HEAD.pack(_FORMAT, version), os.urandom(_NONCE_BYTES)
    return head + nonce + cipher.encrypt(nonce, plain, head + bound_to)


def version_of(blob: bytes) -> int:
    """The version of the data key that a blob needs. Raises Tampered if it is no blob."""
    if len(blob) < OVERHEAD_BYTES:
        raise Tampered
    form, version = _HEAD.unpack_from(blob)
    if form != _FORMAT:
        raise Tampered
    return int(version)


def unseal(cipher: AESGCM, blob: bytes, bound_to: bytes) -> bytes:
    """What was sealed. Raises Tampered if blob, place or key is another one."""
    head, rest = blob[: _HEAD.size], blob[_HEAD.size :]
    try:
        return cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], head + bound_to)
    except InvalidTag:
        raise Tampered from None
