"""E-mail messages as files: who wrote what to whom, and the text of it."""

from __future__ import annotations

from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message

from knowledge.ingestion.extractors.cleaning import clean, one_line, strip_lines
from knowledge.ingestion.extractors.decoding import decode
from knowledge.ingestion.extractors.html import decode_page, read_into
from knowledge.ingestion.extractors.prose import Writer
from knowledge.ingestion.extractors.titles import usable_title
from knowledge.ingestion.texts import ExtractedText, Unreadable

_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_LONGEST_HEADER = 1_000
_LONGEST_ENCODED = 8_000
_MOST_PARTS = 100
# Each line is held against the boundaries of all parts that it may lie in.
_MOST_COMPARISONS = 20_000_000


def extract(data: bytes) -> ExtractedText:
    """Return a message: its headers, and its body without attachments."""
    if data.count(b"\n") * data.count(b"boundary") > _MOST_COMPARISONS:
        raise Unreadable(
            "too_slow",
            "This message has too many parts in parts to be read. Save its text as a file, and "
            "upload that.",
        )
    message = message_from_bytes(data)
    writer = Writer()
    headers = {name: _header(message, name) for name in _SHOWN}
    lines = [f"{name}: {value}" for name, value in headers.items() if value]
    writer.outline.add_block("\n".join(lines))
    for part in _bodies(message):
        _write_part(writer, part)
    title = usable_title(headers["Subject"])
    return ExtractedText(title=title, sections=writer.outline.finish(), page_count=None)


def _header(message: Message, name: str) -> str:
    raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
    written = str(raw)[:_LONGEST_ENCODED].encode("utf-8", "surrogateescape")
    return one_line(clean(_decoded(decode(written))))[:_LONGEST_HEADER]


def _decoded(value: str) -> str:
    """Return a header with its encoded words decoded, as far as they can be."""
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        return value


def _bodies(message: Message) -> list[Message]:
    """Return the parts that are the message: of two ways to say the same, the plain one."""
    texts = [
        part
        for number, part in enumerate(message.walk())
        if number < _MOST_PARTS
        and part.get_content_maintype() == "text"
        and part.get_content_disposition() != "attachment"
    ]
    plain = [part for part in texts if part.get_content_subtype() != "html"]
    return plain or texts


def _write_part(writer: Writer, part: Message) -> None:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset() or ""
    if part.get_content_subtype() == "html":
        read_into(writer, decode_page(data, charset))
    else:
        writer.outline.add_block(strip_lines(clean(decode(data, declared=charset))))
