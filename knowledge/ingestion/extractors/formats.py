"""The formats that can be read. A new one is a module in this folder and a line in FORMATS."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """``kinds`` are the contents, as ``sniffing`` names them, that ``module`` can read.

    The module lies in this folder and has ``extract(data: bytes) -> ExtractedText``.
    """

    name: str
    suffixes: tuple[str, ...]
    kinds: tuple[str, ...]
    module: str


FORMATS = (
    Format("PDF", (".pdf",), ("pdf",), "pdf"),
    Format("Word", (".docx", ".docm", ".dotx"), ("docx",), "docx"),
    Format("PowerPoint", (".pptx", ".pptm", ".ppsx", ".potx"), ("pptx",), "pptx"),
    Format("Excel", (".xlsx", ".xlsm", ".xltx"), ("xlsx",), "spreadsheets"),
    Format("OpenDocument", (".odt", ".ott"), ("odt",), "opendocument"),
    Format("EPUB", (".epub",), ("epub",), "epub"),
    Format("HTML", (".html", ".htm", ".xhtml"), ("html", "text"), "html"),
    Format("Markdown", (".md", ".markdown"), ("text", "html"), "markdown"),
    Format("CSV", (".csv", ".tsv", ".tab"), ("text", "html"), "delimited"),
    Format("plain text", (".txt", ".text", ".log", ".rst"), ("text", "html"), "plain"),
)
# Read as well, but nobody would be told to make one.
ALSO = (
    Format("Excel workbook", (".xlsb",), ("xlsb",), "spreadsheets"),
    Format("Excel workbook", (".xls", ".xlt"), ("xls",), "spreadsheets"),
    Format("OpenDocument presentation", (".odp", ".otp"), ("odp",), "opendocument"),
    Format("OpenDocument spreadsheet", (".ods", ".ots"), ("ods",), "spreadsheets"),
    Format("RTF document", (".rtf",), ("rtf",), "rtf"),
    Format("e-mail", (".eml",), ("text", "html"), "eml"),
    Format("JSON file", (".json", ".jsonl", ".ipynb"), ("text", "html"), "structured"),
    Format("XML file", (".xml", ".rss", ".atom"), ("text", "html"), "xml"),
)
_ALL = (*FORMATS, *ALSO)

SUFFIXES = tuple(suffix for format_ in _ALL for suffix in format_.suffixes)
# As one tells a person: what can be uploaded, and what to upload instead of something else.
NAMES = ", ".join(format_.name for format_ in FORMATS[:-1]) + f" or {FORMATS[-1].name}"
INSTEAD = "PDF, Word, HTML or plain text"


def named(suffix: str) -> Format | None:
    """Return the format whose files end in ``suffix`` (".PDF" or ".pdf"), if there is one."""
    wanted = suffix.lower()
    return next((format_ for format_ in _ALL if wanted in format_.suffixes), None)


def holding(kind: str) -> Format | None:
    """Return the format that contents of ``kind`` are first of all, if there is one."""
    if kind == "text":
        return named(".txt")
    return next((format_ for format_ in _ALL if format_.kinds[0] == kind), None)
