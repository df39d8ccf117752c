"""What tells equal texts apart from others, without telling anything of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from askorac.sealing.keyring import Keyring

from .texts import Piece

PURPOSE: Final = "knowledge.chunk.text_digest"


def fingerprint(text: str, *, ring: Keyring) -> bytes:
    """The keyed digest of a text as it is embedded."""
    return ring.digest(text, purpose=PURPOSE)


def with_fingerprints(pieces: Sequence[Piece], *, ring: Keyring) -> list[Piece]:
    """The same pieces, each with its fingerprint."""
    return [
        replace(piece, fingerprint=fingerprint(piece.embedded_text, ring=ring)) for piece in pieces
    ]
