"""The arithmetic of the audit chain: commitments, digests, links. The database does the same.

`docs/verify_audit.py` says it once more, in a file that stands alone.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from askorac.signing.canonical import canonical

START: Final = bytes(32)
SALT_BYTES: Final = 16


def new_salt() -> str:
    """A fresh salt, in hexadecimal."""
    return secrets.token_hex(SALT_BYTES)


def commitment(name: str, value: str, *, salt: str) -> str:
    """What stands in the chain for a field's value, in hexadecimal."""
    text = f"{name}:{value}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(bytes.fromhex(salt) + text).hexdigest()


def spelled(value: Any) -> str:
    """A value as it is committed to: a text as it is, all else as canonical JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def moment(at: datetime) -> str:
    """A time as it is hashed: UTC, with microseconds."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def clear_fields(event: Any) -> dict[str, Any]:
    """The fields of an event's row that its digest covers."""
    return {
        "id": str(event.pk),
        "organization_id": str(event.organization_id),
        "at": moment(event.at),
        "action": event.action,
        "actor_kind": event.actor_kind,
        "actor_id": _text(event.actor_id),
        "target_kind": event.target_kind,
        "target_id": _text(event.target_id),
        "commitments": event.commitments or {},
    }


def digest_of(fields: Mapping[str, Any]) -> bytes:
    """Of `clear_fields`."""
    return hashlib.sha256(canonical(dict(fields))).digest()


def link(before: bytes, seq: int, digest: bytes) -> bytes:
    """The chain's link at a place, from the one before; `START` stands before the first."""
    return hashlib.sha256(before + seq.to_bytes(8, "big") + digest).digest()


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None
