"""The signed context: what one transaction may see, in a form that the database can verify.

A plain setting would let one injected `set_config` read every organization. So the value carries
an HMAC (RFC 2104, SHA-256) that the app's database role can neither make nor verify: the key
stands in a schema that only the definer function reads.
"""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from .origins import NOWHERE, Origin

SETTING = "orac.context"
STAFF_SETTING = "orac.staff"
LIFETIME_SECONDS = 60
_BLOCK_BYTES = 64


@dataclass(frozen=True, slots=True)
class Context:
    """One organization, or narrower for a public door: one project and one conversation of it."""

    organization_id: UUID
    project_id: UUID | None = None
    conversation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class StaffClaim:
    """Who of our staff acts, from where, and of which organization they would read content, if of
    any."""

    user_id: UUID
    organization_id: UUID | None = None
    origin: Origin = NOWHERE


def signing_key(secret: str) -> bytes:
    """The 32-byte key of this installation's contexts, derived from its SECRET_KEY."""
    return hmac.digest(secret.encode(), b"askorac tenancy context v1", "sha256")


def hmac_pads(key: bytes) -> tuple[bytes, bytes]:
    """The inner and outer pads of RFC 2104, 64 bytes each: all that SQL needs to verify."""
    block = key.ljust(_BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


def sign(context: Context, *, role: str, expires_at: int, key: bytes) -> str:
    """The value of the setting: what is claimed, for which login role, until which Unix second."""
    claim = "|".join(
        [
            "v1",
            str(context.organization_id),
            str(context.project_id or ""),
            str(context.conversation_id or ""),
            role,
            str(expires_at),
        ]
    )
    return _with_hmac(claim, key)


def sign_staff(who: StaffClaim, *, role: str, expires_at: int, key: bytes) -> str:
    """As `sign`, for the setting that tells the database who of our staff acts."""
    named = (who.user_id, who.organization_id or "", role, expires_at)
    origin = (part.replace("|", "") for part in (who.origin.address, who.origin.session))
    return _with_hmac("|".join(("s2", *map(str, named), *origin)), key)


def _with_hmac(claim: str, key: bytes) -> str:
    return f"{claim}|{hmac.new(key, claim.encode(), hashlib.sha256).hexdigest()}"
