"""PDFs made for the tests, so that no binary files need to be kept."""

from collections.abc import Sequence

FONTS = (
    b"/F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> "
    b"/F2 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>"
)
PAPER = b"/MediaBox [0 0 612 792] /Resources << /Font << %s >> >>" % FONTS
CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
LINE = 14


def text_at(x: float, y: float, text: str, *, size: float = 11, font: str = "F1") -> bytes:
    """The operators that write ``text`` at a place in points from the lower left corner."""
    escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /{font} {size} Tf {x} {y} Td ({escaped}) Tj ET\n".encode("latin-1")


def lines_at(x: float, y: float, lines: Sequence[str], *, size: float = 11) -> bytes:
    """The operators that write ``lines`` one under the other."""
    return b"".join(
        text_at(x, y - LINE * number, line, size=size) for number, line in enumerate(lines)
    )


def make_pdf(*pages: bytes, title: str = "") -> bytes:
    """A PDF with one page for each stream of operators."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(len(pages)))
    objects = [
        CATALOG,
        b"<< /Type /Pages /Count %d /Kids [%s] %s >>" % (len(pages), kids, PAPER),
        b"<< /Title (%s) >>" % title.encode("latin-1"),
    ]
    for number, operators in enumerate(pages):
        objects.append(b"<< /Type /Page /Parent 2 0 R /Contents %d 0 R >>" % (5 + 2 * number))
        objects.append(stream(operators))
    return assemble(objects)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """A stream object."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


def assemble(objects: Sequence[bytes]) -> bytes:
    """A PDF of ``objects``, numbered from 1: the catalog first, the information third."""
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 3 0 R >>\n" % (len(objects) + 1)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)
