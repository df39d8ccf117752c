"""The pages that visitors ask from: their addresses are sealed, and found by a keyed digest."""

from typing import Final
from urllib.parse import urlsplit

from askorac.sealing.keyring import Keyring

_PURPOSE: Final = "conversations.conversation.page"


def digest_of_page(ring: Keyring, address: str) -> bytes | None:
    """What finds the page of an address, however it was come to: query, fragment, scheme and a
    slash at the end are no part of it. None for what is no address."""
    given = address.strip()
    try:
        parts = urlsplit(given if "//" in given else f"//{given}")
    except ValueError:
        return None
    if not parts.netloc:
        return None
    return ring.digest(f"{parts.netloc.lower()}{parts.path.rstrip('/')}", purpose=_PURPOSE)
