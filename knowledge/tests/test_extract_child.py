"""The child that reads files: what it may use, how it ends, and what its parent makes of that."""

import json
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from random import Random
from uuid import uuid4

import psutil
import pytest
from django.conf import settings

from knowledge.ingestion.bounded import Ended, OutOfBounds, OutOfTime, run_bounded
from knowledge.ingestion.extract import MAX_BYTES, ExtractionBroken, extract_file, text_in
from knowledge.ingestion.replies import Fault, Malformed, parse_reply
from knowledge.ingestion.texts import ExtractedText, Section, Unreadable
from knowledge.tests.pdfs import CATALOG, PAPER, assemble, make_pdf, stream, text_at

pytestmark = pytest.mark.long
ROOT = Path(__file__).resolve().parents[2]
SLOW = b"# Head\n\nThe *quick* brown [fox](http://a.b) jumps over the `lazy` dog.\n\n" * 400_000


def written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def refusal(path: Path, *, wall_seconds: float = 180) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        extract_file([path.read_bytes()], filename=path.name, wall_seconds=wall_seconds)
    return refused.value


def run_python(
    code: str,
    *,
    parts: Iterable[bytes] = (),
    wall_seconds: float = 60,
    most_bytes: int = 10_000,
) -> Ended:
    return run_bounded(
        [sys.executable, "-c", code],
        parts=parts,
        folder=ROOT,
        environment={"LC_ALL": "C.UTF-8"},
        wall_seconds=wall_seconds,
        most_bytes=most_bytes,
    )


def test_a_file_is_read_whatever_its_path_is(tmp_path: Path) -> None:
    path = written(tmp_path, "0198", make_pdf(text_at(72, 700, "Hello."), text_at(72, 700, "Bye.")))
    assert extract_file([path.read_bytes()], filename="Terms_of sale.PDF") == ExtractedText(
        title="Terms of sale",
        sections=(Section("Hello.", 1, ""), Section("Bye.", 2, "")),
        page_count=2,
    )


@pytest.mark.parametrize(
    ("filename", "title"),
    [
        ("price_list.txt", "price list"),
        ("document.txt", "document.txt"),
        ("2024.txt", "2024.txt"),
        ("Ünïcode 名前.txt", "Ünïcode 名前"),
        ("../../etc/passwd.txt", "passwd"),
        ("x" * 300 + ".txt", "x" * 200 + "…"),
    ],
)
def test_a_file_without_a_title_is_called_by_its_name(
    tmp_path: Path, filename: str, title: str
) -> None:
    path = written(tmp_path, "0198", b"Hello.")
    assert extract_file([path.read_bytes()], filename=filename).title == title


def test_a_file_over_fifty_megabytes_is_oversized(tmp_path: Path) -> None:
    path = written(tmp_path, "a.pdf", b"")
    os.truncate(path, MAX_BYTES + 1)
    refused = refusal(path)
    assert refused.code == "oversized"
    assert refused.sentence == (
        "This file has more than 50 MB, which is the most that can be read. Split it into parts, "
        "and upload those."
    )


def test_a_file_without_bytes_is_empty(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "a.pdf", b"")).code == "empty"


def test_nineteen_megabytes_of_text_are_read(tmp_path: Path) -> None:
    text = ("The quick brown fox jumps over the lazy dog. " * 20 + "\n\n") * 21_000
    (section,) = extract_file([text.encode()], filename="a.txt").sections
    assert section.text == text.replace(" \n", "\n").strip()


@pytest.mark.parametrize("suffix", [".txt", ".csv"])
def test_more_than_twenty_million_characters_are_too_many(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path, f"a{suffix}", (b"word " * 20 + b"\n\n") * 200_000)
    refused = refusal(path)
    assert (refused.code, refused.sentence) == (
        "oversized",
        "This file has more than 20 million characters of text, and no more can be read of one. "
        "Split it into parts, and upload those.",
    )


def test_as_much_can_be_uploaded_as_can_be_read() -> None:
    assert settings.UPLOAD_MAX_BYTES == MAX_BYTES


def test_reading_too_long_is_stopped(tmp_path: Path) -> None:
    path = written(tmp_path, "a.md", SLOW)
    started = time.monotonic()
    assert refusal(path, wall_seconds=0.5).code == "too_slow"
    assert time.monotonic() - started < 60
    assert extraction_children() == []


def extraction_children() -> list[str]:
    """The commands of this process's children that read files."""
    commands = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):  # it has ended
            commands.append(" ".join(child.cmdline()))
    return [command for command in commands if "extraction_child" in command]


@pytest.mark.parametrize("filters", [1, 2])
def test_a_bomb_of_compression_is_too_demanding(tmp_path: Path, filters: int) -> None:
    content = zlib.compress(bytes(800_000_000), 9)
    for _ in range(filters - 1):
        content = zlib.compress(content, 9)
    entries = b"/Filter [%s]" % (b"/FlateDecode " * filters)
    page = b"<< /Type /Page /Parent 2 0 R /Contents 5 0 R >>"
    pages = b"<< /Type /Pages /Count 1 /Kids [4 0 R] %s >>" % PAPER
    pdf = assemble([CATALOG, pages, b"<< >>", page, stream(content, entries)])
    assert refusal(written(tmp_path, "a.pdf", pdf)).code == "too_demanding"


def test_a_bomb_of_letters_is_too_demanding(tmp_path: Path) -> None:
    content = b"BT /F1 11 Tf 72 700 Td %s ET" % (b"(abcdefghij) Tj 0 -1 Td " * 4_000_000)
    page = b"<< /Type /Page /Parent 2 0 R /Contents 5 0 R >>"
    pages = b"<< /Type /Pages /Count 1 /Kids [4 0 R] %s >>" % PAPER
    compressed = stream(zlib.compress(content, 9), b"/Filter /FlateDecode")
    path = written(tmp_path, "a.pdf", assemble([CATALOG, pages, b"<< >>", page, compressed]))
    assert refusal(path).code == "too_demanding"


LOOPS = {
    "to itself": [b"<< /Type /Pages /Count 100000 /Kids [%s] >>" % (b"2 0 R " * 100_000), b"<< >>"],
    "to a parent": [
        b"<< /Type /Pages /Count 2 /Kids [4 0 R 2 0 R] >>",
        b"<< >>",
        b"<< /Type /Pages /Parent 2 0 R /Count 1 /Kids [2 0 R] >>",
    ],
    "very deep": [
        b"<< /Type /Pages /Count 1 /Kids [4 0 R] >>",
        b"<< >>",
        *(b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % (5 + depth) for depth in range(20_000)),
    ],
    "more than there are": [
        b"<< /Type /Pages /Count 2000000000 /Kids [4 0 R] %s >>" % PAPER,
        b"<< >>",
        b"<< /Type /Page /Parent 2 0 R >>",
    ],
}


@pytest.mark.parametrize(
    ("loop", "code"),
    [
        ("to itself", "oversized"),
        ("to a parent", "damaged"),
        ("very deep", "damaged"),
        ("more than there are", "empty"),
    ],
)
def test_a_tree_of_pages_that_is_none_is_refused(tmp_path: Path, loop: str, code: str) -> None:
    path = written(tmp_path, "a.pdf", assemble([CATALOG, *LOOPS[loop]]))
    assert refusal(path).code == code


@pytest.mark.parametrize("suffix", [".pdf", ".txt", ".md", ".html", ""])
def test_random_bytes_are_refused(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path, f"a{suffix}", Random(7).randbytes(100_000))
    assert refusal(path).code in ("damaged", "mislabelled", "unsupported")


def test_the_child_dies_with_its_worker(tmp_path: Path) -> None:
    path = written(tmp_path, "a.md", SLOW)
    code = (
        "import sys; from pathlib import Path\n"
        "from knowledge.ingestion.extract import extract_file\n"
        "extract_file([Path(sys.argv[1]).read_bytes()], filename='a.md')"
    )
    worker = subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=ROOT)
    children: list[psutil.Process] = []
    while not children:
        assert worker.poll() is None
        children = psutil.Process(worker.pid).children()
    worker.kill()
    worker.wait()
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []


def test_the_child_inherits_neither_files_nor_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "sk-canary")
    code = "import os; print(sorted(os.environ), os.listdir('/proc/self/fd'))"
    with Path(os.devnull).open("rb") as file:
        os.set_inheritable(file.fileno(), True)
        ended = run_python(code)
    # Three streams, and the folder that is being listed.
    assert ended == Ended(output=b"['LC_ALL'] ['0', '1', '2', '3']\n", returncode=0)


def test_the_child_lowers_its_limits() -> None:
    code = (
        "import resource as r\n"
        "from knowledge.ingestion.extraction_child import limit_resources\n"
        "limit_resources(); limit_resources()\n"
        "kinds = (r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_FSIZE, r.RLIMIT_NOFILE, r.RLIMIT_CORE)\n"
        "print([r.getrlimit(kind) for kind in kinds])"
    )
    gigabyte, megabyte = 1024**3, 1024**2
    expected = [(gigabyte, gigabyte), (60, 65), (megabyte, megabyte), (64, 64), (0, 0)]
    assert run_python(code).output.decode().strip() == str(expected)


def test_the_child_loads_only_what_it_needs() -> None:
    code = (
        "import sys\n"
        "from knowledge.ingestion.extraction_child import extract\n"
        "extract(b'Hello.', suffix='.txt')\n"
        "heavy = ('django', 'pypdfium2', 'lxml', 'chardet', 'numpy')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    assert run_python(code) == Ended(output=b"[]\n", returncode=0)


def test_a_program_that_hangs_is_stopped_with_all_it_started() -> None:
    mark = uuid4().hex  # none of the sleepers of a test beside
    code = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60) #{mark}'])\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    with pytest.raises(OutOfTime):
        run_python(code, wall_seconds=1)
    sleepers = [
        process
        for process in psutil.process_iter(["cmdline"])
        if mark in str(process.info["cmdline"])
    ]
    _, alive = psutil.wait_procs(sleepers, timeout=60)
    assert alive == []


def test_a_program_that_closes_its_output_and_hangs_is_stopped() -> None:
    with pytest.raises(OutOfTime):
        run_python("import os, time; os.close(1); time.sleep(60)", wall_seconds=1)


def test_a_program_that_writes_without_end_is_stopped() -> None:
    with pytest.raises(OutOfBounds):
        run_python("while True: print('x' * 1000)", most_bytes=100_000)


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        (signal.SIGXCPU, "too_slow"),
        (signal.SIGKILL, "too_demanding"),
        (signal.SIGABRT, "too_demanding"),
        (signal.SIGTRAP, "too_demanding"),
        (signal.SIGSEGV, "damaged"),
        (signal.SIGBUS, "damaged"),
    ],
)
def test_a_crash_of_the_child_is_told_as_what_it_means(ending: signal.Signals, code: str) -> None:
    ended = run_python(f"import os; os.kill(os.getpid(), {ending.value})")
    assert ended.returncode == -ending
    with pytest.raises(Unreadable) as refused:
        text_in(ended)
    assert refused.value.code == code


def test_a_child_that_cannot_start_is_no_fault_of_the_file() -> None:
    with pytest.raises(ExtractionBroken):
        text_in(Ended(output=b"", returncode=1))


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (b'{"fault":"MemoryError"}', "too_demanding"),
        (b'{"fault":"ValueError in pdf.py:3"}', "damaged"),
        (b"no reply at all", "damaged"),
    ],
)
def test_a_fault_of_the_child_is_told(reply: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        text_in(Ended(output=reply, returncode=0))
    assert refused.value.code == code


def test_a_reply_is_read() -> None:
    reply = {"title": "T", "page_count": 2, "sections": [["a", 1, "h"], ["b", 2, ""]]}
    assert parse_reply(json.dumps(reply).encode()) == ExtractedText(
        title="T", sections=(Section("a", 1, "h"), Section("b", 2, "")), page_count=2
    )
    assert parse_reply(b'{"fault":"X"}') == Fault(place="X")


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        '{"code":"no such code","sentence":"x"}',
        '{"code":"empty","sentence":1}',
        '{"title":1,"page_count":null,"sections":[]}',
        '{"title":"","page_count":"1","sections":[]}',
        '{"title":"","page_count":null,"sections":[["a",1,""]]}',
        '{"title":"","page_count":1,"sections":[["a",null,""]]}',
        '{"title":"","page_count":1,"sections":[["a",2,""]]}',
        '{"title":"","page_count":1,"sections":[["a",0,""]]}',
        '{"title":"","page_count":1,"sections":[["a",true,""]]}',
        '{"title":"","page_count":true,"sections":[]}',
        '{"title":"","page_count":null,"sections":[["a",null]]}',
        '{"title":"","page_count":null,"sections":[["a\\u0000",null,""]]}',
        '{"title":"","page_count":null,"sections":[["a\\ud800",null,""]]}',
        json.dumps({"title": "x" * 256, "page_count": None, "sections": []}),
    ],
)
def test_a_reply_that_the_child_cannot_have_meant_is_malformed(reply: str) -> None:
    with pytest.raises(Malformed):
        parse_reply(reply.encode())
