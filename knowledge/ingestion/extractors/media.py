"""What a server says of the bytes that it sends."""

from __future__ import annotations

import re

PAGE_TYPES = ("text/html", "application/xhtml+xml")
# A text may be of any kind that its bytes do not tell; the endings are those of our formats.
TEXT_TYPES = {
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/json": ".json",
    "application/ld+json": ".json",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/rss+xml": ".xml",
    "application/atom+xml": ".xml",
    "message/rfc822": ".eml",
}
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_LONGEST = 300


def parsed_type(content_type: str) -> tuple[str, str]:
    """Return the media type in small letters and the character set, each "" if it is not told."""
    content_type = content_type[:_LONGEST]
    charset = _CHARSET.search(content_type)
    return content_type.partition(";")[0].strip().lower(), charset[1] if charset else ""
