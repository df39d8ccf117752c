"""Spreadsheets and tables as text: rows that can be found, each with the names of its columns."""

import pytest

from knowledge.ingestion.extractors import extract
from knowledge.ingestion.texts import Section, Unreadable
from knowledge.tests.archives import cells, opendocument, workbook


def sections_of(data: bytes, suffix: str = ".xlsx") -> tuple[Section, ...]:
    return extract(data, suffix=suffix).sections


def text_of(data: bytes, suffix: str) -> str:
    (section,) = sections_of(data, suffix)
    return section.text


def test_each_sheet_is_a_section_and_hidden_ones_are_none() -> None:
    sheets = {
        "Prices": cells(("Item", "Cost"), ("Ship", 4.5), ("Boat", 3)),
        "Secret": cells(
            ("x", "y"),
        ),
        "Deep": cells(
            ("x", "y"),
        ),
        "Sheet4": cells(
            ("Nine to five",),
        ),
    }
    states = {"Secret": "hidden", "Deep": "veryHidden"}
    assert sections_of(workbook(sheets, states=states)) == (
        Section(
            "# Prices\n\n| Item | Cost |\n| --- | --- |\n| Ship | 4.5 |\n| Boat | 3 |",
            None,
            "Prices",
        ),
        Section("# Sheet4\n\nNine to five", None, "Sheet4"),
    )


def test_a_single_sheet_that_nobody_named_has_no_heading() -> None:
    assert sections_of(workbook({"Tabelle1": cells(("a", "b"), (1, 2))})) == (
        Section("| a | b |\n| --- | --- |\n| 1 | 2 |", None, ""),
    )


def test_a_formula_counts_by_the_value_that_was_kept() -> None:
    sheet = (
        '<sheetData><row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>1+1</f></c>'
        '<c r="C1" t="str"><f>"a"</f><v>word</v></c></row></sheetData>'
    )
    assert text_of(workbook({"Sheet1": sheet}), ".xlsx") == "| 2 | word |"


def test_numbers_stand_as_the_sheet_shows_them() -> None:
    codes = ("0.0%", "#,##0.00\\ [$€-407]", '"No. "0', "yyyy\\-mm\\-dd", "# ?/?", "0\\%")
    own = "".join(
        f'<numFmt numFmtId="{164 + at}" formatCode="{code.replace(chr(34), "&quot;")}"/>'
        for at, code in enumerate(codes)
    )
    styles = "".join(f'<xf numFmtId="{number}"/>' for number in (0, 9, *range(164, 170)))
    shown = ("0.285", "0.25", "0.125", "1234.5", "7", "45352", "0.5", "25")
    row = "".join(f'<c r="{"BCDEFGHI"[at]}3" s="{at}"><v>{v}</v></c>' for at, v in enumerate(shown))
    sheet = f'<sheetData><row r="3">{row}</row><row r="4"><c r="C4" s="1"><v>-0.285</v></c></row>'
    book = workbook(
        {"Sheet1": f"{sheet}</sheetData>"},
        formats=f"<numFmts>{own}</numFmts><cellXfs>{styles}</cellXfs>",
    )
    assert text_of(book, ".xlsx") == (
        "| 0.285 | 25% | 12.5% | 1234.50 € | No. 7 | 2024-03-01 | 0.5 | 25% |\n|  | -29% |"
    )


def test_a_sheet_of_formulas_without_values_is_empty() -> None:
    sheet = '<sheetData><row r="1"><c r="A1"><f>1+1</f></c></row></sheetData>'
    with pytest.raises(Unreadable) as refused:
        extract(workbook({"Sheet1": sheet}), suffix=".xlsx")
    assert refused.value.code == "empty"


def test_titles_stand_over_tables_and_empty_rows_end_them() -> None:
    data = b"Ducks in the lake,\n,\nYear,Ducks\n2019,120\n\nLand,Cost\nMalta,4\n"
    assert text_of(data, ".csv") == (
        "Ducks in the lake\n\n| Year | Ducks |\n| --- | --- |\n| 2019 | 120 |\n\n"
        "| Land | Cost |\n| --- | --- |\n| Malta | 4 |"
    )


def test_figures_alone_have_no_names() -> None:
    assert text_of(b"1,2\n3,4\n", ".csv") == "| 1 | 2 |\n| 3 | 4 |"


def test_a_long_table_names_its_columns_in_each_piece() -> None:
    rows = "".join(f"Harbour number {at},{at * 7} Harbour Street\n" for at in range(100))
    text = text_of(f"Name,Address\n{rows}".encode(), ".csv")
    blocks = text.split("\n\n")
    assert len(blocks) > 4
    assert {block.split("\n")[0] for block in blocks} == {"| Name | Address |"}
    assert max(map(len, blocks)) <= 1_000
    assert text.count("Harbour number") == 100


def test_a_long_row_is_told_cell_by_cell() -> None:
    answer = "We ship to Malta. " * 60
    text = text_of(f"Question,Answer\nWhere to?,{answer}\nWhen?,Daily\n".encode(), ".csv")
    assert text == (
        f"Question: Where to?\nAnswer: {answer.strip()}\n\n"
        "| Question | Answer |\n| --- | --- |\n| When? | Daily |"
    )


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (b'a;b\n"x;y";2\n', ".csv"),
        (b'a\tb\n"x;y"\t2\n', ".tsv"),
        (b'a|b\n"x;y"|2\n', ".csv"),
        (b'a,b\r\n"x;y",2\r\n', ".csv"),
        ('a,b\n"x;y",2\n'.encode("utf-16"), ".csv"),
    ],
)
def test_the_sign_between_values_is_found(data: bytes, suffix: str) -> None:
    assert text_of(data, suffix) == "| a | b |\n| --- | --- |\n| x;y | 2 |"


def test_cells_with_line_ends_are_one_line() -> None:
    assert text_of(b'a,b\n"one\ntwo",2\n', ".csv") == "| a | b |\n| --- | --- |\n| one two | 2 |"


def test_sheets_of_opendocument_are_read_as_those_of_excel() -> None:
    row = "<table:table-row>{}</table:table-row>"
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = "".join(
        row.format("".join(map(cell.format, words))) for words in (("a", "b"), ("c", "d"))
    )
    sheet = opendocument("spreadsheet", f'<table:table table:name="Sheet1">{rows}</table:table>')
    assert text_of(sheet, ".ods") == "| a | b |\n| --- | --- |\n| c | d |"
