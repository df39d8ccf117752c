"""From the bytes of a file to its text. Pure: no Django, no files, no network."""

from __future__ import annotations

import re
from importlib import import_module
from typing import NoReturn, Protocol, cast

from knowledge.ingestion.extractors.containers import encrypted
from knowledge.ingestion.extractors.formats import INSTEAD, Format, holding, named
from knowledge.ingestion.extractors.media import PAGE_TYPES, TEXT_TYPES, parsed_type
from knowledge.ingestion.extractors.sections import check_length
from knowledge.ingestion.extractors.sniffing import BINARY, HTML, LOCKED, TEXT, Content, sniff
from knowledge.ingestion.texts import ExtractedText, Unreadable

# Older kinds of document, and what the programs that made them can save instead.
_SAVED_AS = {"doc": ".docx", "ppt": ".pptx", "msg": ".eml"}
# "Report 1.2 final" and "notes.2024" have no ending that says what they are.
# Endings of files that can't be read, and that a reason may name.
_KNOWN = frozenset(
    [
        ".doc",
        ".ppt",
        ".pages",
        ".key",
        ".numbers",
        ".jpg",
        ".jpeg",
        ".png",
        ".gif",
        ".tif",
        ".tiff",
        ".heic",
        ".mp3",
        ".mp4",
        ".zip",
        ".7z",
        ".rar",
        ".exe",
        ".sql",
        ".json",
        ".xml",
        ".yaml",
        ".ps1",
        ".msg",
    ]
)
_ENDING = re.compile(r"\.(?=\d*[a-z])[a-z0-9]{1,10}")


class Extractor(Protocol):
    """What a module of this folder that reads a format looks like."""

    def extract(self, data: bytes) -> ExtractedText:
        """Return all text of the file whose bytes are ``data``. Raises Unreadable."""
        ...


def extract(data: bytes, *, suffix: str) -> ExtractedText:
    """Return the text of a file whose name ends in ``suffix`` (".pdf", or "").

    Its title is "" if it has none of its own. Raises Unreadable: "empty", "mislabelled" when name
    and bytes disagree, "unsupported", "oversized", or what the format's own module raises.
    """
    _check_filled(data)
    return _extract_as(_format_of(sniff(data), suffix.lower()), data)


def extract_page(data: bytes, *, content_type: str) -> ExtractedText:
    """Return what a web address gave: of a page its main text, of a file all of it.

    ``content_type`` is the header that came with it, or "". Raises Unreadable like ``extract``.
    """
    _check_filled(data)
    content = sniff(data)
    media, charset = parsed_type(content_type)
    is_page = content.kind == HTML or (content.kind == TEXT and media in PAGE_TYPES)
    if not is_page:
        suffix = TEXT_TYPES.get(media, "") if content.kind == TEXT else ""
        return _extract_as(_format_of(content, suffix), data)
    from knowledge.ingestion.extractors import page  # lxml takes 30 ms to load

    return _checked(page.extract(data, charset))


def _extract_as(format_: Format, data: bytes) -> ExtractedText:
    module = cast(Extractor, import_module(f"{__name__}.{format_.module}"))
    return _checked(module.extract(data))


def _check_filled(data: bytes) -> None:
    if not data.strip(b" \t\r\n\f\v\x00"):
        raise Unreadable("empty", "This file is empty. Upload one that has text in it.")


def _checked(text: ExtractedText) -> ExtractedText:
    if not any(section.text.strip() for section in text.sections):
        raise Unreadable("empty", "There is no text in this file. Upload one that has text in it.")
    check_length(sum(len(section.text) for section in text.sections))
    return text


def _format_of(content: Content, suffix: str) -> Format:
    if content.kind == LOCKED:
        raise encrypted()
    by_content = holding(content.kind)
    if not _ENDING.fullmatch(suffix):
        return by_content or _refuse_content(content)
    by_name = named(suffix)
    if by_name and content.kind in by_name.kinds:
        return by_name
    if content.kind in _SAVED_AS:
        _refuse_content(content)
    if by_content and (by_name or content.kind != TEXT):
        _refuse_name(content, suffix, by_content)
    if by_name:
        _refuse_mismatch(content, suffix, by_name)
    raise Unreadable(
        "unsupported",
        f"Files that {_ends_in(suffix)} cannot be read. Upload this as {INSTEAD} instead.",
    )


def _refuse_content(content: Content) -> NoReturn:
    if content.kind in _SAVED_AS:
        raise Unreadable(
            "unsupported",
            f"This file is {content.name}. Files of that kind cannot be read: save it so that it "
            f"ends in {_SAVED_AS[content.kind]}, and upload that.",
        )
    raise Unreadable(
        "unsupported",
        f"This file is {content.name}. Files of that kind cannot be read: upload it as {INSTEAD} "
        "instead.",
    )


def _refuse_name(content: Content, suffix: str, format_: Format) -> NoReturn:
    raise Unreadable(
        "mislabelled",
        f"This file {_ends_in(suffix, 's')}, but it is {content.name}. "
        f"Rename it so that it ends in {format_.suffixes[0]}, and upload it again.",
    )


def _refuse_mismatch(content: Content, suffix: str, format_: Format) -> NoReturn:
    if content.kind == BINARY and BINARY not in format_.kinds and TEXT not in format_.kinds:
        raise Unreadable(
            "damaged",
            f"This file, {format_.name} by its name, is damaged: its beginning is missing or "
            "changed. Export or download it again, and upload the new copy.",
        )
    raise Unreadable(
        "mislabelled",
        f"This file ends in {suffix}, but it is {content.name}. Upload it as {INSTEAD} instead.",
    )


def _ends_in(suffix: str, s: str = "") -> str:
    """An ending that everybody knows, by itself; any other is a part of the name, and not told."""
    if named(suffix) is not None or suffix in _KNOWN:
        return f"end{s} in {suffix}"
    return "ends otherwise" if s else "end like this one"
