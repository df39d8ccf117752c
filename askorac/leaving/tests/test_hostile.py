"""Archives from whoever means harm: refused, with a sentence, and nothing of them is kept."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from askorac.leaving import checking
from askorac.leaving.archive import reading
from askorac.leaving.archive.reading import Archive, BadArchive
from askorac.leaving.imports import all_imports
from askorac.tenancy.context import tenant
from askorac.testing.pages import browser, new_member
from askorac.testing.people import Customer
from askorac.testing.programs import new_program
from projects.models import Project

from .exporting import files_of, work

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def files(archive: bytes) -> Files:
    """Of an archive that is as it should be."""
    return files_of(archive)


def packed(files: Files, *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The archive of these files, whatever they hold."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return file.getvalue()


def signed(files: Files) -> Files:
    """The same with the sums of what is in it now, as whoever changes it would write them."""
    manifest = json.loads(files["manifest.json"])
    listed = {each["path"]: each for each in manifest["files"]}
    manifest["files"] = [
        {**listed.get(name, {}), "path": name, "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
        if name != "manifest.json" and "/files/" not in name
    ]
    return {**files, "manifest.json": json.dumps(manifest).encode()}


def named(files: Files, kind: str) -> str:
    return next(name for name in files if name.rpartition("/")[2].startswith(kind))


def changed(kind: str, /, **values: Any) -> Callable[[Files], bytes]:
    """The first row of a kind with other values, and right sums."""

    def make(files: Files) -> bytes:
        name = named(files, kind)
        first, *rest = files[name].splitlines(keepends=True)
        row = json.dumps({**json.loads(first), **values}).encode() + b"\n"
        return packed(signed({**files, name: row + b"".join(rest)}))

    return make


def added(name: str, content: bytes = b"x") -> Callable[[Files], bytes]:
    return lambda files: packed(signed({**files, name: content}))


def manifest_with(**values: Any) -> Callable[[Files], bytes]:
    def make(files: Files) -> bytes:
        manifest = {**json.loads(files["manifest.json"]), **values}
        return packed({**files, "manifest.json": json.dumps(manifest).encode()})

    return make


def bomb(files: Files) -> bytes:
    name = named(files, "organization")
    return packed(signed({**files, name: b" " * 12_000_000}))


def long_line(files: Files) -> bytes:
    noise = "".join(f"{number:x}" for number in range(60_000))
    return packed(signed({**files, named(files, "chunks"): f'{{"a":"{noise}"}}'.encode()}))


def deep(files: Files) -> bytes:
    return packed(signed({**files, named(files, "chunks"): b"[" * 90_000}))


def swapped_sum(files: Files) -> bytes:
    name = named(files, "chunks")
    return packed({**files, name: files[name].replace(b"thirty", b"ninety")})


def swapped_file(files: Files) -> bytes:
    name = next(name for name in files if "/files/" in name)
    return packed({**files, name: b"Something else."})


def cut(files: Files) -> bytes:
    return packed(files)[:-30]


def with_nul(files: Files) -> bytes:
    return added("organization.json_")(files).replace(b"json_", b"json\0")


def twice(files: Files) -> bytes:
    file = io.BytesIO(packed(files))
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning):
        archive.writestr("organization.json", b"{}")
    return file.getvalue()


def overlapping(files: Files) -> bytes:
    """Entries of the directory that all lead to the same bytes."""
    archive = bytearray(packed(files, method=zipfile.ZIP_STORED))
    name = named(files, "vectors").encode()
    at = archive.rindex(name) - 46
    archive[at + 20 : at + 28] = len(archive).to_bytes(4, "little") * 2
    return bytes(archive)


def with_nan(files: Files) -> bytes:
    name = named(files, "chunks")
    return packed(signed({**files, name: files[name].replace(b'"ordinal":0', b'"ordinal":NaN')}))


def shared_file(files: Files) -> bytes:
    """A file that many sources say is theirs: it would be kept once for each."""
    name = named(files, "sources")
    first = next(row for row in map(json.loads, files[name].splitlines()) if row["file"])
    others = [{**first, "id": str(uuid4())} for _ in range(9)]
    lines = "".join(f"{json.dumps(row)}\n" for row in others)
    return packed(signed({**files, name: files[name] + lines.encode()}))


def odd_space(files: Files) -> bytes:
    name = named(files, "project.json")
    project = {**json.loads(files[name]), "embedding_space": "local/small/²"}
    return packed(signed({**files, name: json.dumps(project).encode()}))


PROJECT = "projects/00000000-0000-4000-8000-000000000000"
HOSTILE: dict[str, tuple[Callable[[Files], bytes], str]] = {
    "nothing": (lambda _: b"", reading.NO_ARCHIVE),
    "no-zip": (lambda _: b"GIF89a" * 100, reading.NO_ARCHIVE),
    "cut-off": (cut, reading.NO_ARCHIVE),
    "no-manifest": (lambda _: packed({"organization.json": b"{}"}), reading.NO_MANIFEST),
    "another-format": (manifest_with(format="other"), reading.NO_MANIFEST),
    "newer": (manifest_with(version=3), reading.NEWER),
    "no-list": (manifest_with(files=7), reading.NO_MANIFEST),
    "list-of-less": (manifest_with(files=[]), reading.NOT_LISTED),
    "path-up": (added("../../etc/passwd"), reading.STRANGE),
    "path-from-root": (added("/etc/passwd"), reading.STRANGE),
    "path-of-windows": (added("projects\\..\\x"), reading.STRANGE),
    "path-in-files": (added(f"{PROJECT}/files/../../x"), reading.STRANGE),
    "path-with-nul": (with_nul, reading.STRANGE),
    "project-without-itself": (added(f"{PROJECT}/sources-000009.jsonl"), checking.NO_PROJECT),
    "file-of-no-source": (added(f"{PROJECT[:-1]}1/files/{uuid4()}.txt"), checking.NO_PROJECT),
    "bomb": (bomb, reading.BOMB),
    "overlapping": (overlapping, reading.BOMB),
    "twice": (twice, reading.TWICE),
    "packed-otherwise": (lambda files: packed(files, method=zipfile.ZIP_LZMA), reading.LOCKED),
    "long-line": (long_line, reading.NO_JSON),
    "deep-json": (deep, reading.NO_JSON),
    "no-number": (with_nan, reading.NO_JSON),
    "wrong-sum": (swapped_sum, reading.CHANGED),
    "wrong-file": (swapped_file, reading.CHANGED),
    "foreign-source": (changed("documents", source_id=str(uuid4())), checking.NO_LINK),
    "foreign-document": (changed("chunks", document_id=str(uuid4())), checking.NO_LINK),
    "no-id": (changed("sources", id="../x"), reading.NO_JSON),
    "unknown-kind": (changed("sources", kind="program"), reading.NO_JSON),
    "address-that-runs": (changed("documents", url="javascript:alert(1)"), reading.NO_JSON),
    "text-with-nul": (changed("chunks", text="a\0b"), reading.NO_JSON),
    "shared-file": (shared_file, checking.NO_LINK),
    "file-of-another-size": (changed("sources", size_bytes=7), checking.NO_LINK),
    "odd-space": (odd_space, checking.NO_SPACE),
    "negative": (changed("chunks", ordinal=-1), reading.NO_JSON),
    "one-vector-less": (
        lambda files: packed(signed({**files, named(files, "vectors"): b"\x93NUMPY"})),
        checking.NO_VECTORS,
    ),
}


def look_at(archive: bytes) -> None:
    opened = Archive(io.BytesIO(archive))
    checking.check(opened, lambda _: None)


def test_archive_as_it_should_be(files: Files) -> None:
    look_at(packed(files))
    look_at(packed(signed(files), method=zipfile.ZIP_STORED))


def test_archive_of_the_first_version_is_taken(files: Files) -> None:
    later = {"holds.jsonl", "invitations.jsonl", "staff_requests.jsonl", "checkpoints.jsonl"}
    assert later <= set(files)
    first = signed({name: files[name] for name in files if name not in later})
    manifest = json.loads(first["manifest.json"])
    listed = [each for each in manifest["files"] if each["path"] not in later]
    look_at(manifest_with(version=1, files=listed)(first))


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_archive_is_refused(
    files: Files, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, sentence = HOSTILE[kind]
    monkeypatch.setattr(reading, "MOST_LINE_BYTES", 100_000)
    with pytest.raises(BadArchive) as raised:
        look_at(make(files))
    assert raised.value.sentence.startswith(sentence.partition("{")[0])


def test_nothing_is_kept_of_a_hostile_archive_that_a_page_is_given(
    files: Files, organization: Customer
) -> None:
    owner = browser(organization.owner)

    def give(content: bytes) -> Any:
        sent = io.BytesIO(content)
        sent.name = "archive.zip"
        return owner.post("/app/organization/imports/new/", {"archive": sent}, follow=True)

    assert give(b"").status_code == 422
    assert give(swapped_sum(files)).status_code == 200
    work(organization, "import.make")
    told = owner.get("/app/organization/imports/").content.decode()
    assert "its checksum is another one" in told
    with tenant(organization.id):
        assert not Project.objects.exists()
        assert [row.project_ids for row in all_imports()] == [[]]
    admin = browser(new_member(organization, "admin"))
    refused = admin.post("/app/organization/imports/new/", {"archive": io.BytesIO(b"x")})
    assert refused.status_code == 403


def test_project_that_no_row_takes_leaves_nothing_behind(
    files: Files, organization: Customer
) -> None:
    """What only shows when it is made: a colour that is none, in the second of two projects."""
    old = next(name for name in files if name.endswith("project.json"))
    project = json.loads(files[old])
    later = "ffffffff-0000-4000-8000-000000000000"
    wrong = {**project, "id": later, "look": {**project["look"], "accent": "red"}}
    both = {**files, f"projects/{later}/project.json": json.dumps(wrong).encode()}
    program = new_program(organization)
    answer = program.form("imports/", {"file": io.BytesIO(packed(signed(both)))})
    assert answer.status_code == 202
    work(organization, "import.make")
    told = program("GET", f"imports/{answer.json()['id']}/").json()
    assert (told["state"], told["project_ids"]) == ("failed", [])
    assert "can't be kept" in told["reason"]
    with tenant(organization.id):
        assert not Project.objects.exists()


def test_half_a_character_where_no_row_takes_one_leaves_nothing_behind(
    files: Files, organization: Customer
) -> None:
    program = new_program(organization)
    archive = changed("turns", model="half of one: \ud800")(files)
    answer = program.form("imports/", {"file": io.BytesIO(archive)})
    work(organization, "import.make")
    told = program("GET", f"imports/{answer.json()['id']}/").json()
    assert (told["state"], told["project_ids"]) == ("failed", [])
    assert "does not hold what an archive has there" in told["reason"]
    with tenant(organization.id):
        assert not Project.objects.exists()


def test_form_without_a_part_is_refused_as_a_problem(organization: Customer) -> None:
    program, form = new_program(organization), "multipart/form-data; boundary=b"
    for content in (b"--b--\r\n", b"", b"--b\r\n\r\n--b--\r\n"):
        answer = program.raw("POST", "imports/", content, form, Idempotency_Key=str(uuid4()))
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
