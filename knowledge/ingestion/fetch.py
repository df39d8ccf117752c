"""Step one of a page: its address becomes bytes, as a file of them would be."""

import asyncio
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from askorac.net.faults import Forbidden, Unreachable
from askorac.net.fetching import Fetched, Fetcher

_ACCEPT: Final = "text/html,application/xhtml+xml,application/pdf;q=0.9,*/*;q=0.5"
_PASSING: Final = {408, 425, 429, 500, 502, 503, 504}
_LONGEST_PAUSE_SECONDS: Final = 3600.0
_PAUSE_SECONDS: Final = 60.0
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Page:
    """What an address gave; `content_type` is the header that came with it."""

    content_type: str
    body: bytes


class NotFetched(Exception):
    """An address gave nothing; ``sentence`` tells why. It passes if there is a ``pause`` (s)."""

    def __init__(self, sentence: str, *, pause: float | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.pause = pause


def fetch_page(url: str) -> Page:
    """Fetch a page or a document from a public address. Raises NotFetched."""
    fetcher = Fetcher(
        user_agent=f"AskOrac (+{settings.PUBLIC_URL})", allow=settings.ALLOW_PRIVATE_ADDRESSES
    )
    try:
        fetched = asyncio.run(fetcher.fetch(url, accept=_ACCEPT))
    except Forbidden as error:
        raise NotFetched(error.sentence) from None
    except Unreachable as error:
        pause = _PAUSE_SECONDS if error.passes else None
        raise NotFetched(error.sentence, pause=pause) from None
    if fetched.status != _OK:
        raise _refused(fetched)
    charset = f"; charset={fetched.charset}" if fetched.charset else ""
    return Page(content_type=f"{_media_type(fetched)}{charset}", body=fetched.body)


def _refused(fetched: Fetched) -> NotFetched:
    status = fetched.status
    if status in {404, 410}:
        return NotFetched(
            f"There is no page at this address: the site answered {status}. "
            "Check the address, or remove this source."
        )
    if status in {401, 403, 407, 451}:
        return NotFetched(
            f"The site does not show this page to us: it answered {status}. "
            "Give a page that opens without a login, or upload it as a file."
        )
    if status in _PASSING:
        pause = min(fetched.retry_after or _PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)
        return NotFetched(
            f"The site could not show this page just now: it answered {status}. Try again later.",
            pause=pause,
        )
    return NotFetched(
        f"The site gave no page: it answered {status}. Check that the address opens in a browser."
    )


def _media_type(fetched: Fetched) -> str:
    """What the server calls it; many call Markdown plain text."""
    is_markdown = urlsplit(fetched.url).path.lower().endswith((".md", ".markdown"))
    if is_markdown and fetched.content_type == "text/plain":
        return "text/markdown"
    return fetched.content_type
