"""Files that are made to exhaust: each ends soon, within its memory, as text or with a reason."""

import struct
from pathlib import Path
from random import Random

import pytest

from knowledge.ingestion.extract import extract_file
from knowledge.ingestion.texts import Unreadable
from knowledge.tests.archives import (
    NAMES,
    archive,
    book,
    cells,
    opendocument,
    paragraph,
    slides,
    word,
    workbook,
)
from knowledge.tests.test_extract_child import extraction_children

SPACES = " " * 160_000_000
GARBAGE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + Random(7).randbytes(9_000)
SHEET = "<sheetData>{}</sheetData>"
ROW = '<row r="{0}"><c r="{1}{0}"><v>1</v></c></row>'
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))


def outcome(folder: Path, name: str, data: bytes) -> str:
    """The code of the refusal, or how many characters came out."""
    path = folder / name
    path.write_bytes(data)
    try:
        text = extract_file([path.read_bytes()], filename=name, wall_seconds=180)
    except Unreadable as refusal:
        return refusal.code
    return str(sum(len(section.text) for section in text.sections))


def claiming(size: int, data: bytes, name: str) -> bytes:
    """The archive with a directory that claims so many bytes for one member."""
    changed = bytearray(data)
    at = changed.rfind(b"PK\x01\x02", 0, changed.rfind(name.encode()))
    changed[at + 24 : at + 28] = struct.pack("<I", size)
    return bytes(changed)


def far_sheet(*places: tuple[int, str]) -> bytes:
    return workbook({"Sheet1": SHEET.format("".join(ROW.format(*place) for place in places))})


def with_document(document: str) -> bytes:
    """A Word document whose main part is exactly this."""
    return archive(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": '<Relationships><Relationship Type="x/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
            "word/document.xml": document,
        }
    )


@pytest.mark.parametrize("kind", ["docx", "xlsx", "odt", "epub"])
def test_a_bomb_of_compression_is_oversized(tmp_path: Path, kind: str) -> None:
    made = {
        "docx": lambda: word(paragraph("x") + SPACES),
        "xlsx": lambda: claiming(
            3_000_000_000, workbook({"Sheet1": cells(("a",))}), "xl/worksheets/sheet1.xml"
        ),
        "odt": lambda: opendocument("text", SPACES),
        "epub": lambda: book("<p>x" + SPACES),
    }
    assert outcome(tmp_path, f"a.{kind}", made[kind]()) == "oversized"


def test_a_bomb_that_claims_to_be_small_is_damaged(tmp_path: Path) -> None:
    data = claiming(100, word(paragraph("x") * 1_000), "word/document.xml")
    assert outcome(tmp_path, "a.docx", data) == "damaged"


def test_an_archive_of_many_members_is_oversized(tmp_path: Path) -> None:
    members = {f"word/document{number}.xml": b"" for number in range(25_000)}
    assert outcome(tmp_path, "a.docx", archive(members)) in ("oversized", "damaged")


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        (
            "entities.docx",
            with_document(
                f'<!DOCTYPE d [<!ENTITY a0 "ha">{LAUGHS}]><w:document {NAMES}><w:body>'
                f"{paragraph('x &a11;')}</w:body></w:document>"
            ),
            "damaged",
        ),
        (
            "outside.docx",
            with_document(
                '<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
                f"<w:document {NAMES}><w:body>{paragraph('x &e;')}</w:body></w:document>"
            ),
            "1",
        ),
        ("deep.docx", word("<w:sdt><w:sdtContent>" * 50_000), "damaged"),
        (
            "nested.docx",
            word(f"{'<w:tbl><w:tr><w:tc>' * 60}{'</w:tc></w:tr></w:tbl>' * 60}"),
            "empty",
        ),
        ("deep.odt", opendocument("text", "<text:list><text:list-item>" * 50_000), "damaged"),
        ("far.xlsx", far_sheet((1, "A"), (1_048_576, "XFD")), "too_demanding"),
        ("long.xlsx", far_sheet((1, "A"), (200_000, "A")), "4"),
        (
            "claims.xlsx",
            workbook({"Sheet1": f'<dimension ref="A1:XFD1048576"/>{cells(("a", "b"))}'}),
            "9",
        ),
        (
            "spaces.odt",
            opendocument("text", '<text:p>a<text:s text:c="999999999"/>b</text:p>'),
            "3",
        ),
        ("columns.csv", b"a," * 100_000, "oversized"),
        ("unclosed.csv", b'a,b\n"' + b"x,y\n" * 1_000_000, "oversized"),
        ("figures.csv", b"1" * 900_000 + b"a,b\n1,2\n", "900020"),
        ("deep.json", b"[" * 1_000_000, "damaged"),
        ("figure.json", b"[" + b"1" * 1_000_000 + b"]", "damaged"),
        ("deep.xml", b"<a>" * 100_000, "damaged"),
        ("deep.eml", b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 2_000, "empty"),
        ("open.rtf", b"{\\rtf1 " + b"{" * 1_000_000, "empty"),
        ("nul.csv", b"\0" * 100 + b"a,b", "mislabelled"),
        (
            "garbage.xls",
            GARBAGE,
            "mislabelled",
        ),
        ("slides.pptx", slides(*["<p:grpSp>" * 100 + "</p:grpSp>" * 100] * 20), "empty"),
    ],
)
def test_a_file_made_to_exhaust_ends_soon(
    tmp_path: Path, name: str, data: bytes, expected: str
) -> None:
    assert outcome(tmp_path, name, data) == expected


def test_nothing_is_left_of_children_that_were_stopped(tmp_path: Path) -> None:
    path = tmp_path / "a.rtf"
    path.write_bytes(b"{\\rtf1{\\fonttbl" + b"{\\f1\\fcharset" * 300_000)
    with pytest.raises(Unreadable) as refused:
        extract_file([path.read_bytes()], filename="a.rtf", wall_seconds=1)
    assert refused.value.code == "too_slow"
    assert extraction_children() == []
