"""A name for a document, if what it calls itself is one."""

from __future__ import annotations

import re

from knowledge.ingestion.extractors.cleaning import clean, one_line

LONGEST_TITLE = 200

# What writing programs leave in the metadata when nobody gave a title, in a few languages, and
# what scanners and cameras call what they make.
_PLACEHOLDER = re.compile(
    r"\(?(about:blank|untitled( document| presentation| spreadsheet)?|unbenannt|sans (titre|nom)|"
    r"sin título|senza titolo|без названия|無題|无标题|제목 없음|anonymous|unknown|none|null|n/a|"
    r"(new |neues |nouveau |nuevo |nuovo )?(document|dokument|documento|doc)|title|no title|titel|"
    r"microsoft (word|excel|powerpoint)|word|excel|presentation|präsentation|présentation|"
    r"presentación|powerpoint[ -](presentation|präsentation)|présentation powerpoint|"
    r"slide|folie|diapositive|diapositiva|page|seite|sheet|tabelle|book|workbook|mappe|"
    r"pdf|file|scan(ned)?( document)?|img|image|dsc[nf]?|contents?|table of contents|"
    r"loading|please wait|just a moment)\)?[ .…_-]*\(?\d*\)?",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"(scan|img|image|dsc[nf]?|doc|mfp|skm|kmbt|xerox|photo|screenshot|pxl|vid|fax)"
    r"[\s_-]*(?=.*\d{3})[\d\s._-]*(wa\d+|at [\d. ]+|[a-z]?\d+)?",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"\{?[0-9a-f]{8}(-?[0-9a-f]{4,}){2,}\}?|https?://\S+", re.IGNORECASE)
_FILE_ENDING = re.compile(
    r"\.(docx?|docm|pptx?|xlsx?|xlsm|od[tsp]|pdf|dvi|tex|html?|txt|indd|qxd|qxp|rtf|pages|key|"
    r"numbers|pub|md|csv|epub|eml|cdr|ai|eps|p65|pmd|fm|jpe?g|png|tiff?)$",
    re.IGNORECASE,
)
# What a printer's driver puts in front of the name of the file that was printed.
_PRINTED_BY = re.compile(
    r"(microsoft (office )?(word|excel|powerpoint|publisher|outlook)|"
    r"openoffice(\.org)?|libreoffice|adobe \w+)\s*[-–]\s*(?=\S)",
    re.IGNORECASE,
)
_LONGEST_LOOKED_AT = 5_000


def usable_title(candidate: str) -> str:
    """Return ``candidate`` as one line of at most 200 characters, or "" if it names nothing."""
    title = one_line(clean(candidate[:_LONGEST_LOOKED_AT]))
    printed = _PRINTED_BY.match(title)
    if printed:
        title = _FILE_ENDING.sub("", title[printed.end() :]).strip()
    if _FILE_ENDING.search(title) or not any(letter.isalpha() for letter in title):
        return ""
    if len(title) <= LONGEST_TITLE and _names_nothing(title):
        return ""
    return title if len(title) <= LONGEST_TITLE else title[:LONGEST_TITLE].rstrip() + "…"


def _names_nothing(title: str) -> bool:
    patterns = (_PLACEHOLDER, _NUMBERED, _IDENTIFIER)
    return any(pattern.fullmatch(title) for pattern in patterns)
