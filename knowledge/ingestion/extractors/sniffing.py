"""What a file is, by its first and last bytes, whatever it is called."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge.ingestion.extractors.decoding import has_mark

TEXT = "text"
BINARY = "binary"
_HEAD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Content:
    """``kind`` is what a format names as its own; ``name`` is how a person would call it."""

    kind: str
    name: str


# A PDF may have up to a kilobyte of anything before its mark, so it is looked for, not compared.
_PDF_MARK = re.compile(rb"(?s).{0,1024}?%PDF-\d")
_PAGE_MARK = re.compile(rb"(?i)<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]")
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\v\f\r\b\x1b"))
_MOST_CONTROLS = 0.02

_MARKS: tuple[tuple[bytes, Content], ...] = (
    (b"\x89PNG\r\n\x1a\n", Content("image", "a PNG picture")),
    (b"\xff\xd8\xff", Content("image", "a JPEG picture")),
    (b"GIF8", Content("image", "a GIF picture")),
    (b"II*\x00", Content("image", "a TIFF picture")),
    (b"MM\x00*", Content("image", "a TIFF picture")),
    (b"%!PS", Content("postscript", "a PostScript file")),
    (b"{\\rtf", Content("rtf", "an RTF document")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Content("ole", "an older Microsoft Office file")),
    (b"\x7fELF", Content("program", "a program")),
    (b"MZ\x90\x00", Content("program", "a program")),
    (b"\xca\xfe\xba\xbe", Content("program", "a program")),
    (b"\xcf\xfa\xed\xfe", Content("program", "a program")),
    (b"\x1f\x8b", Content("archive", "a compressed file")),
    (b"BZh", Content("archive", "a compressed file")),
    (b"\xfd7zXZ", Content("archive", "a compressed file")),
    (b"7z\xbc\xaf\x27\x1c", Content("archive", "a 7-Zip archive")),
    (b"Rar!\x1a\x07", Content("archive", "a RAR archive")),
    (b"SQLite format 3\x00", Content("database", "a database")),
    (b"OggS", Content("sound", "a sound or video file")),
    (b"ID3", Content("sound", "a sound or video file")),
    (b"RIFF", Content("sound", "a picture, sound or video file")),
)
_ZIPPED: tuple[tuple[bytes, Content], ...] = (
    (b"word/document", Content("docx", "a Word document")),
    (b"xl/workbook", Content("xlsx", "an Excel workbook")),
    (b"ppt/presentation", Content("pptx", "a PowerPoint presentation")),
    (b"application/epub+zip", Content("epub", "an e-book")),
    (b"application/vnd.oasis.opendocument", Content("odf", "an OpenDocument file")),
)
_ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06")


def sniff(data: bytes) -> Content:
    """Return what ``data`` is. ``kind`` is "text" for anything that reads as plain text."""
    head = data[:_HEAD_BYTES]
    if _PDF_MARK.match(head):
        return Content("pdf", "a PDF")
    if head.startswith(_ZIP_MARKS):
        return _zipped(data)
    for mark, content in _MARKS:
        if head.startswith(mark) and not (content.kind == "sound" and _reads_as_text(head)):
            return content
    if not _reads_as_text(head):
        return Content(BINARY, "not text")
    if _PAGE_MARK.search(head[:2048]):
        return Content("html", "a web page")
    return Content(TEXT, "plain text")


def _zipped(data: bytes) -> Content:
    # Names stand before each member and again in the directory at the end.
    ends = data[:_HEAD_BYTES] + data[-_HEAD_BYTES:]
    for mark, content in _ZIPPED:
        if mark in ends:
            return content
    return Content("archive", "a ZIP archive")


def _reads_as_text(head: bytes) -> bool:
    """Tell text in any encoding from other bytes by how many control characters there are."""
    if has_mark(head):
        return True
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return controls <= len(head) * _MOST_CONTROLS
