"""Signing a document with Ed25519 (RFC 8032), and telling by which keys."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .canonical import canonical
from .live import live_key
from .models import FormerSigningKey, SigningKey


class BadSignature(Exception):
    """A signature does not hold, or its key is none of this installation's."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A document with its signature over `text`, which is its canonical spelling."""

    text: str
    key_id: str
    public_key: bytes
    signature: bytes

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found

    def as_dict(self) -> dict[str, Any]:
        """As it is given to customers: bytes in base64."""
        return {
            "document": self.document,
            "key_id": self.key_id,
            "public_key": base64.b64encode(self.public_key).decode(),
            "signature": base64.b64encode(self.signature).decode(),
        }


def sign(document: Mapping[str, Any]) -> Signed:
    """Sign a document. Its `type` says what it is, so that it passes for nothing else.

    May be called inside a transaction: the key is opened beside it. Raises KeyRevoked, KeysAway or
    Tampered while the installation's key service does not open the key; TypeError for floats.
    """
    if not document.get("type"):
        raise ValueError("Say in `type` what is signed.")
    key, spelled = live_key(), canonical(document)
    return Signed(spelled.decode(), key.key_id, key.public_key, key.private.sign(spelled))


def verify(given: Mapping[str, Any]) -> dict[str, Any]:
    """The document of what `as_dict` gave, if a key of this installation has signed it.

    Raises BadSignature.
    """
    keys = {key["key_id"]: key["public_key"] for key in public_keys()}
    try:
        document: dict[str, Any] = given["document"]
        known = base64.b64decode(str(keys[given["key_id"]]))
        key = Ed25519PublicKey.from_public_bytes(known)
        key.verify(base64.b64decode(given["signature"]), canonical(document))
    except KeyError:
        raise BadSignature("Its key is none of this installation's.") from None
    except (InvalidSignature, TypeError, binascii.Error):
        raise BadSignature("Its signature does not hold.") from None
    return document


def public_keys() -> list[dict[str, str | None]]:
    """The keys of this installation, the one that signs now first, as they are published."""
    live = [_published(row, None) for row in SigningKey.objects.all()]
    former = FormerSigningKey.objects.order_by("-retired_at")
    return [*live, *(_published(row, row.retired_at.isoformat()) for row in former)]


def _published(row: SigningKey | FormerSigningKey, retired_at: str | None) -> dict[str, str | None]:
    return {
        "key_id": row.key_id,
        "algorithm": "Ed25519",
        "public_key": base64.b64encode(bytes(row.public_key)).decode(),
        "created_at": row.created_at.isoformat(),
        "retired_at": retired_at,
    }
