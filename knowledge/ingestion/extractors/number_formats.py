"""How an Excel workbook shows its numbers: as per cent, or with a currency beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

from knowledge.ingestion.extractors.markup import attribute, child, children, descendants
from knowledge.ingestion.extractors.office import Package

# Of the formats that every workbook has, by their ids; the others show no more than the number.
_BUILT_IN = {9: "0%", 10: "0.00%"}
_SIGNS = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|_.|\*.|([€$£¥₹%])')
_FIGURES = re.compile(r"([^#0]*)([#0][#0,?]*(?:\.[#0?]+)?)([^#0]*)")
_CELL = re.compile(rb"<(?:\w+:)?c\s([^<>]{0,300}?)/?>")
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_STYLE = re.compile(rb'\bs="(\d{1,6})"')
_LITERAL = re.compile(r'"[^"]*"|\\.')
_UNREAD = re.compile(r"[?/@]|^E|,$")  # fractions, exponents, texts, thousands left out
_LARGEST_SHEET = 16 * 1024 * 1024  # which takes some seconds; the numbers of a larger one stay bare
_MOST_DECIMALS = 10
_LONGEST_SIGN = 20


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """What stands before and after a number, and how many decimals it is shown with."""

    before: str
    after: str
    decimals: int
    is_percent: bool

    def show(self, value: float) -> str:
        """Return ``value``, below 1e15, as the program shows it, without marks in thousands."""
        # By its digits, as the program does: 0.285 is 29 %, though it lies below as a float.
        number = Decimal(repr(abs(value))) * (100 if self.is_percent else 1)
        rounded = number.quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP)
        return f"{'-' if value < 0 else ''}{self.before}{rounded:f}{self.after}"


Row = Mapping[int, NumberFormat]


def parse_format(code: str) -> NumberFormat | None:
    """Return what a format says beside the number, or None if that is nothing, or more."""
    positive = code.split(";")[0]
    found = _FIGURES.fullmatch(_SIGNS.sub(_sign, positive))
    if found is None or any(_UNREAD.search(part) for part in found.groups()):
        return None
    before, figures, after = found.groups()
    if not (before + after).strip() or len(before + after) > _LONGEST_SIGN:
        return None
    return NumberFormat(
        before=before.lstrip(),
        after=after.rstrip(),
        decimals=min(len(figures.partition(".")[2]), _MOST_DECIMALS),
        is_percent="%" in _LITERAL.sub("", positive),
    )


def formatted_rows(package: Package, sheet: str) -> Iterator[tuple[int, Row]]:
    """Yield the rows of the sheet of that name that hold formatted cells, both counted from 0."""
    formats = _formats(package)
    part = _part_of(package, sheet) if formats else ""
    data = package.read(part) if package.size(part) <= _LARGEST_SHEET else b""
    cells = ((found, _STYLE.search(found[1])) for found in _CELL.finditer(data))
    marked = (
        (int(place[2]) - 1, _column(place[1]), formats[int(style[1])])
        for found, style in cells
        if style and int(style[1]) in formats and (place := _PLACE.search(found[1]))
    )
    for row, group in groupby(marked, key=lambda cell: cell[0]):
        yield row, {column: format_ for _, column, format_ in group}


def _sign(found: re.Match[str]) -> str:
    written, escaped, currency, sign = found.groups()
    return next((text for text in (written, escaped, currency, sign) if text), "")


def _formats(package: Package) -> dict[int, NumberFormat]:
    """Return the formats that show more than the number, by the style that cells name."""
    root = next(iter(package.related(_main_part(package), "styles")), None)
    if root is None:
        return {}
    codes = dict(_BUILT_IN)
    for own in descendants(root, "numFmt"):
        if attribute(own, "numFmtId").isdecimal():
            codes[int(attribute(own, "numFmtId"))] = attribute(own, "formatCode")
    styles = child(root, "cellXfs")
    named = enumerate(children(styles, "xf") if styles is not None else ())
    ids = {at: attribute(style, "numFmtId") for at, style in named}
    found = {at: parse_format(codes.get(int(id_), "")) for at, id_ in ids.items() if id_.isdigit()}
    return {at: format_ for at, format_ in found.items() if format_}


def _main_part(package: Package) -> str:
    relations = package.relations("")
    return next((one.target for one in relations if one.kind == "officeDocument"), "")


def _part_of(package: Package, sheet: str) -> str:
    main = _main_part(package)
    targets = {relation.id: relation.target for relation in package.relations(main)}
    root = package.optional_tree(main)
    for entry in descendants(root, "sheet") if root is not None else ():
        if entry.get("name") == sheet:
            ids = (value for key, value in entry.items() if str(key).endswith("}id"))
            return targets.get(next(ids, ""), "")
    return ""


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
