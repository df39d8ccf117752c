"""Makes documents that are archives inside, as small as their readers allow."""

import io
import zipfile
from collections.abc import Mapping

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
ODF = "urn:oasis:names:tc:opendocument:xmlns"
NAMES = f'xmlns:w="{W}" xmlns:p="{P}" xmlns:a="{A}" xmlns:r="{R}"'


def archive(members: Mapping[str, str | bytes], *, first: str = "") -> bytes:
    """An archive; the member called ``first`` stands uncompressed at its beginning."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        if first:
            file.writestr(first, members[first], zipfile.ZIP_STORED)
        for name, content in members.items():
            if name != first:
                file.writestr(name, content)
    return out.getvalue()


def relations(*targets: tuple[str, str], base: str = R) -> str:
    """A part that names others, by kind and place; their ids are r1, r2 and so on."""
    entries = "".join(
        f'<Relationship Id="r{number}" Type="{base}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{entries}</Relationships>'


def _office(main: str, parts: Mapping[str, str | bytes], title: str) -> bytes:
    core = (
        '<c:coreProperties xmlns:c="x" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title}</dc:title></c:coreProperties>"
    )
    targets = (("officeDocument", main), ("metadata/core-properties", "docProps/core.xml"))
    return archive(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations(*targets),
            "docProps/core.xml": core,
            **parts,
        }
    )


def word(
    body: str,
    *,
    title: str = "",
    names: str = NAMES,
    parts: Mapping[str, tuple[str, str]] | None = None,
) -> bytes:
    """A Word document. ``parts`` are further ones, by their kind: name and content."""
    parts = parts or {}
    named = [(kind, name) for kind, (name, _) in parts.items()]
    return _office(
        "word/document.xml",
        {
            "word/document.xml": f"<w:document {names}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": relations(*named),
            **{f"word/{name}": content for name, content in parts.values()},
        },
        title,
    )


def paragraph(text: str, properties: str = "") -> str:
    """A paragraph of a Word document."""
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def slides(*trees: str, attributes: str = "", parts: Mapping[str, str] | None = None) -> bytes:
    """A presentation; each of ``trees`` is what stands on a slide."""
    targets = [("slide", f"slides/slide{number}.xml") for number in range(1, len(trees) + 1)]
    shown = "".join(
        f'<p:sldId id="{255 + number}" r:id="r{number}"/>' for number in range(1, len(trees) + 1)
    )
    made = {
        f"ppt/slides/slide{number}.xml": f"<p:sld {NAMES} {attributes if number == 2 else ''}>"
        f"<p:cSld><p:spTree>{tree}</p:spTree></p:cSld></p:sld>"
        for number, tree in enumerate(trees, start=1)
    }
    main = f"<p:presentation {NAMES}><p:sldIdLst>{shown}</p:sldIdLst></p:presentation>"
    return _office(
        "ppt/presentation.xml",
        {
            "ppt/presentation.xml": main,
            "ppt/_rels/presentation.xml.rels": relations(*targets),
            **made,
            **(parts or {}),
        },
        "",
    )


def shape(*lines: str, place: str = "") -> str:
    """A shape with lines of text; ``place`` is the kind of placeholder that it fills."""
    holder = f'<p:nvSpPr><p:nvPr><p:ph type="{place}"/></p:nvPr></p:nvSpPr>' if place else ""
    text = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in lines)
    return f"<p:sp>{holder}<p:txBody>{text}</p:txBody></p:sp>"


def workbook(
    sheets: Mapping[str, str], *, states: Mapping[str, str] | None = None, formats: str = ""
) -> bytes:
    """An Excel workbook: the rows of each sheet, by its name; ``formats`` is its style sheet."""
    names = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="r{number}"'
        f' state="{(states or {}).get(name, "visible")}"/>'
        for number, name in enumerate(sheets, start=1)
    )
    targets = [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)]
    made = {
        f"xl/worksheets/sheet{number}.xml": f'<worksheet xmlns="{S}">{rows}</worksheet>'
        for number, rows in enumerate(sheets.values(), start=1)
    }
    return _office(
        "xl/workbook.xml",
        {
            "xl/workbook.xml": f'<workbook xmlns="{S}" xmlns:r="{R}"><sheets>{names}</sheets>'
            "</workbook>",
            "xl/_rels/workbook.xml.rels": relations(*targets, ("styles", "styles.xml")),
            "xl/styles.xml": f'<styleSheet xmlns="{S}">{formats}</styleSheet>',
            **made,
        },
        "",
    )


def cells(*rows: tuple[str | int | float, ...]) -> str:
    """The rows of a sheet."""
    written = [
        "".join(_cell(value, at, column) for column, value in enumerate(row))
        for at, row in enumerate(rows, start=1)
    ]
    numbered = (f'<row r="{at}">{row}</row>' for at, row in enumerate(written, start=1))
    return f"<sheetData>{''.join(numbered)}</sheetData>"


def _cell(value: str | int | float, row: int, column: int) -> str:
    place = f"{chr(ord('A') + column)}{row}"
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>' if value else ""
    return f'<c r="{place}"><v>{value}</v></c>'


def opendocument(kind: str, content: str, **members: str) -> bytes:
    """An OpenDocument file of a ``kind``: text, presentation or spreadsheet."""
    names = " ".join(
        f'xmlns:{name}="{ODF}:{name}:1.0"'
        for name in ("office", "text", "table", "draw", "presentation")
    )
    return archive(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "META-INF/manifest.xml": "<manifest/>",
            "content.xml": f"<office:document-content {names}><office:body><office:{kind}>"
            f"{content}</office:{kind}></office:body></office:document-content>",
            **{name.replace("_", "."): text for name, text in members.items()},
        },
        first="mimetype",
    )


def book(*chapters: str, spine: str = "", **members: str) -> bytes:
    """An e-book of chapters, each the body of a page."""
    items = "".join(
        f'<item id="c{at}" href="text/c{at}.xhtml" media-type="application/xhtml+xml"/>'
        for at in range(len(chapters))
    )
    order = spine or "".join(f'<itemref idref="c{at}"/>' for at in range(len(chapters)))
    package = (
        '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>A book</dc:title>'
        f"</metadata><manifest>{items}</manifest><spine>{order}</spine></package>"
    )
    return archive(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container><rootfiles><rootfile full-path="OPS/b.opf"/>'
            "</rootfiles></container>",
            "OPS/b.opf": package,
            **{f"OPS/text/c{at}.xhtml": page for at, page in enumerate(chapters)},
            **members,
        },
        first="mimetype",
    )
