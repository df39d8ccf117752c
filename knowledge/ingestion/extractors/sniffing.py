"""What a file is, by its first and last bytes, whatever it is called."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge.ingestion.extractors.containers import Container, member_names
from knowledge.ingestion.extractors.decoding import has_mark
from knowledge.ingestion.extractors.wide import MOST_CONTROLS, control_share, wide_encoding

TEXT = "text"
HTML = "html"
LOCKED = "locked"
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
_ODF_TYPE = re.compile(
    rb"application/vnd\.oasis\.opendocument\.(text|presentation|spreadsheet|\w+)"
)

_MARKS: tuple[tuple[bytes, Content], ...] = (
    (b"\x89PNG\r\n\x1a\n", Content("image", "a PNG picture")),
    (b"\xff\xd8\xff", Content("image", "a JPEG picture")),
    (b"GIF8", Content("image", "a GIF picture")),
    (b"II*\x00", Content("image", "a TIFF picture")),
    (b"MM\x00*", Content("image", "a TIFF picture")),
    (b"%!PS", Content("postscript", "a PostScript file")),
    (b"{\\rtf", Content("rtf", "an RTF document")),
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
_ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06")
_ODF_KINDS = {
    b"text": Content("odt", "an OpenDocument text"),
    b"presentation": Content("odp", "an OpenDocument presentation"),
    b"spreadsheet": Content("ods", "an OpenDocument spreadsheet"),
}
_EPUB = Content("epub", "an e-book")
_ARCHIVE = Content("archive", "a ZIP archive")
_OFFICE = Content("office", "an Office document")
# By a name that only this kind of document has a member of.
_ZIPPED = (
    ("word/document", Content("docx", "a Word document")),
    ("ppt/presentation", Content("pptx", "a PowerPoint presentation")),
    ("xl/workbook.bin", Content("xlsb", "an Excel workbook")),
    ("xl/workbook", Content("xlsx", "an Excel workbook")),
    ("meta-inf/container.xml", _EPUB),
    ("[content_types].xml", _OFFICE),
)
# Older Office files name their streams in UTF-16; the first mark that is found decides.
_OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE = (
    ("EncryptedPackage", Content(LOCKED, "an Office file with a password")),
    ("WordDocument", Content("doc", "an older Word document")),
    ("PowerPoint Document", Content("ppt", "an older PowerPoint presentation")),
    ("__properties_version1.0", Content("msg", "an Outlook message")),
    ("Workbook", Content("xls", "an older Excel workbook")),
    ("Book", Content("xls", "an older Excel workbook")),
)


def sniff(data: bytes) -> Content:
    """Return what ``data`` is. ``kind`` is "text" for anything that reads as plain text."""
    head = data[:_HEAD_BYTES]
    if _PDF_MARK.match(head):
        return Content("pdf", "a PDF")
    if head.startswith(_ZIP_MARKS):
        return _zipped(data)
    if head.startswith(_OLE_MARK):
        return _older(data)
    for mark, content in _MARKS:
        if head.startswith(mark) and not (content.kind == "sound" and _reads_as_text(head)):
            return content
    if not _reads_as_text(head):
        return Content(BINARY, "not text")
    if _PAGE_MARK.search(head[:2048]):
        return Content(HTML, "a web page")
    return Content(TEXT, "plain text")


def _zipped(data: bytes) -> Content:
    declared = _ODF_TYPE.search(data[:_HEAD_BYTES])
    if declared:
        return _ODF_KINDS.get(declared[1], Content("archive", "an OpenDocument file"))
    names = [name.lower().replace("\\", "/") for name in member_names(data)]
    if "mimetype" in names and "content.xml" in names:  # packed anew, in another order
        declared = _ODF_TYPE.match(Container(data).read("mimetype"))
        return _ODF_KINDS.get(declared[1] if declared else b"", _ARCHIVE)
    for mark, content in _ZIPPED:
        if any(name.startswith(mark) for name in names):
            return content
    return _broken_archive(data) if not names else _ARCHIVE


def _broken_archive(data: bytes) -> Content:
    """Return what an archive without a directory began as: names stand before each member, too."""
    head = data[:_HEAD_BYTES].lower()
    for mark, content in _ZIPPED:
        if mark.encode() in head:
            return content
    return _EPUB if b"application/epub+zip" in head else Content(BINARY, "a damaged archive")


def _older(data: bytes) -> Content:
    for name, content in _OLE:
        if name.encode("utf-16-le") in data:
            return content
    return Content("ole", "an older Microsoft Office file")


def _reads_as_text(head: bytes) -> bool:
    """Tell text in any encoding from other bytes by how many control characters there are."""
    return has_mark(head) or control_share(head) <= MOST_CONTROLS or bool(wide_encoding(head))
