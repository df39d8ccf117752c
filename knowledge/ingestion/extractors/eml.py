"""E-mail messages as files: who wrote what to whom, and the text of it."""

from __future__ import annotations

import email.policy
from email import message_from_bytes
from email.message import EmailMessage

from knowledge.ingestion.extractors.cleaning import clean, one_line, strip_lines
from knowledge.ingestion.extractors.decoding import decode
from knowledge.ingestion.extractors.html import decode_page, read_into
from knowledge.ingestion.extractors.prose import Writer
from knowledge.ingestion.extractors.titles import usable_title
from knowledge.ingestion.texts import ExtractedText

_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_LONGEST_HEADER = 1_000
_MOST_PARTS = 100


def extract(data: bytes) -> ExtractedText:
    """Return a message: its headers, and its body without attachments."""
    message = message_from_bytes(data, policy=email.policy.default)
    writer = Writer()
    headers = {name: _header(message, name) for name in _SHOWN}
    lines = [f"{name}: {value}" for name, value in headers.items() if value]
    writer.outline.add_block("\n".join(lines))
    for part in _bodies(message):
        _write_part(writer, part)
    title = usable_title(headers["Subject"])
    return ExtractedText(title=title, sections=writer.outline.finish(), page_count=None)


def _header(message: EmailMessage, name: str) -> str:
    try:
        value = message.get(name)
    except (ValueError, IndexError, AttributeError):  # what the parser makes of broken ones
        return ""
    return one_line(clean(str(value)))[:_LONGEST_HEADER] if value else ""


def _bodies(message: EmailMessage) -> list[EmailMessage]:
    """Return the parts that are the message: of two ways to say the same, the plain one."""
    texts = [
        part
        for number, part in enumerate(message.walk())
        if number < _MOST_PARTS
        and part.get_content_maintype() == "text"
        and part.get_content_disposition() != "attachment"
    ]
    plain = [part for part in texts if part.get_content_subtype() != "html"]
    return [part for part in (plain or texts) if isinstance(part, EmailMessage)]


def _write_part(writer: Writer, part: EmailMessage) -> None:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset() or ""
    if part.get_content_subtype() == "html":
        read_into(writer, decode_page(data, charset))
    else:
        writer.outline.add_block(strip_lines(clean(decode(data, declared=charset))))
