"""What is written down for who asks by questionnaire, and whom to write to about a hole."""

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from askorac.environment import BASE_DIR

FOLDER: Final = BASE_DIR / "docs" / "security"
# By the word in their address.
DOCUMENTS: Final = {"questionnaire": "caiq.md", "agreement": "dpa.md"}
GOOD_FOR: Final = timedelta(days=180)


def document(name: str) -> str | None:
    """The text of a document by its word; None for any other."""
    file = DOCUMENTS.get(name)
    return None if file is None else (FOLDER / file).read_text(encoding="utf-8")


@cache
def as_page(name: str) -> tuple[str, SafeString] | None:
    """A document's title, and its text as HTML; None for any other word.

    They are our own files, and markup in them would be shown as it is written.
    """
    written = document(name)
    if written is None:
        return None
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(written)
    title = next(tokens[at + 1].content for at, each in enumerate(tokens) if each.tag == "h1")
    for token in tokens:
        _fit(token)
    html = markdown.renderer.render(tokens, markdown.options, {})
    return title, mark_safe(_one_title(html))  # noqa: S308 - see above


def _fit(token: Token) -> None:
    """Headings of columns say that they are, and what names another document leads to its page."""
    if token.type == "th_open":
        token.attrSet("scope", "col")
    for inner in token.children or ():
        for name, file in DOCUMENTS.items():
            if inner.type == "link_open" and inner.attrGet("href") == file:
                inner.attrSet("href", reverse("evidence:document", args=[name]))


def _one_title(html: str) -> str:
    """The first heading is the page's; further ones of that rank are parts of it."""
    first, end, rest = html.partition("</h1>")
    return first + end + re.sub(r"(</?)h1>", r"\1h2>", rest)


def security_txt(contact: str, *, now: datetime) -> str:
    """The file of RFC 9116, good for half a year from the beginning of this day."""
    expires = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + GOOD_FOR
    lines = (
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {settings.PUBLIC_URL}/.well-known/security.txt",
        f"Policy: {settings.PUBLIC_URL}/security/#report",
    )
    return "\n".join(lines) + "\n"
