"""What lies in the store of files: sealed by whatever door it came, and in clear for its people."""

import ast
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import FileField
from django.urls import reverse
from django.utils import timezone

from askorac.environment import BASE_DIR
from askorac.jobs.models import Job, State
from askorac.jobs.tasks import run_job
from askorac.sealing import KeyRevoked, Tampered, keyrings
from askorac.sealing.files import HEAD_BYTES
from askorac.tenancy.context import tenant
from askorac.testing.pages import browser
from askorac.testing.people import Customer
from askorac.testing.programs import new_program
from keys.resealing import RESEAL
from keys.rotation import rotate_data_key
from keys.tests.sealed_rows import do, pass_time
from knowledge import files, keeping, resealing
from knowledge.downloads import attachment
from knowledge.files import Kept
from knowledge.models import Source
from knowledge.tests.ingesting import lying_at, row, stored, texts, upload, work
from projects.models import Project

CANARY = "canary of the harbour 7301"
LARGE = 30_000_000
MOST_IN_MEMORY = 2_000_000


def only_source(customer: Customer) -> Source:
    with tenant(customer.id):
        return Source.objects.get()


def lie_unsealed(source: Source, content: bytes) -> None:
    """As files lay before they were sealed."""
    lying_at(source).write_bytes(content)
    with tenant(source.organization_id):
        Source.objects.filter(pk=source.pk).update(file_key_version=None)


def unsealed(customer: Customer) -> int:
    with tenant(customer.id):
        return Source.objects.filter(file_key_version=None).count()


def seal_files(customer: Customer) -> Job:
    with tenant(customer.id):
        job, _ = Job.objects.get_or_create(
            organization_id=customer.id,
            kind=resealing.SEAL_FILES,
            target_id=customer.id,
            defaults={"due_at": timezone.now(), "created_at": timezone.now()},
        )
        Job.objects.filter(pk=job.pk).update(state=State.QUEUED, attempts=0)
    run_job(str(customer.id), str(job.pk))
    with tenant(customer.id):
        return Job.objects.get(pk=job.pk)


@pytest.mark.parametrize("door", ["page", "text form", "program", "text of a program"])
def test_file_lies_sealed_whatever_the_door(
    organization: Customer, project: Project, door: str
) -> None:
    file = SimpleUploadedFile("a.md", CANARY.encode())
    at = f"projects/{project.pk}/sources/"
    text = {"title": "Harbour", "text": CANARY}
    match door:
        case "page":
            path = reverse("knowledge:upload", args=[project.pk])
            browser(organization.owner).post(path, {"files": [file]})
        case "text form":
            browser(organization.owner).post(reverse("knowledge:text", args=[project.pk]), text)
        case "program":
            assert new_program(organization).form(at, {"file": file}).status_code == 201
        case _:
            assert new_program(organization)("POST", at, text).status_code == 201
    source = only_source(organization)
    lying = lying_at(source).read_bytes()
    assert b"canary" not in lying
    assert len(lying) == len(CANARY) + HEAD_BYTES + 16
    work(source)
    assert (row(source).state, texts(organization)) == (State.READY, [CANARY])
    answer = browser(organization.owner).get(
        reverse("knowledge:file", args=[project.pk, source.pk])
    )
    assert b"".join(answer.streaming_content) == CANARY.encode()  # type: ignore[attr-defined]


def test_large_file_in_bounded_memory(organization: Customer, project: Project) -> None:
    block = os.urandom(1000)

    def parts() -> Iterator[bytes]:
        for _ in range(LARGE // 1000):
            yield block

    tracemalloc.start()
    try:
        with keeping.kept(
            parts(), organization_id=organization.id, project_id=project.pk, now=timezone.now()
        ) as kept:
            tracemalloc.reset_peak()
            with files.stream(kept) as file:
                size = sum(map(len, files.parts_of(file)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size == LARGE
    assert peak < MOST_IN_MEMORY
    files.remove(kept)


def test_file_of_another_source_does_not_open(organization: Customer, project: Project) -> None:
    ours = upload(organization, project, "a.md", b"Ours.")
    other = upload(organization, project, "b.md", b"Other.")
    lying_at(ours).write_bytes(lying_at(other).read_bytes())
    with pytest.raises(Tampered):
        stored(ours)


def test_file_of_an_unsealed_row_is_not_guessed(organization: Customer, project: Project) -> None:
    """Whether a file is sealed is what its row says, not what it looks like."""
    source = upload(organization, project, "a.md", b"Text.")
    sealed = lying_at(source).read_bytes()
    lie_unsealed(source, sealed)
    assert stored(only_source(organization)) == sealed
    with tenant(organization.id):
        Source.objects.update(file_key_version=1)
    lying_at(source).write_bytes(b"Never sealed, and long enough to be taken for a head of a file.")
    with pytest.raises(Tampered):
        stored(only_source(organization))


def test_key_that_is_taken_away_while_a_file_is_copied_is_told_as_that(
    organization: Customer, project: Project
) -> None:
    """So that the job waits for it, and spends no attempt as on a storage that is away."""

    def parts() -> Iterator[bytes]:
        yield b"One."
        raise KeyRevoked

    with pytest.raises(KeyRevoked):
        files.write(
            parts(), organization_id=organization.id, project_id=project.pk, file_id=uuid4()
        )


def test_unsealed_files_are_sealed(
    organization: Customer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 3
    for number in range(count):
        lie_unsealed(upload(organization, project, f"{number}.md", b"x"), CANARY.encode())
    gone = upload(organization, project, "gone.md", b"x")
    lie_unsealed(gone, b"x")
    lying_at(gone).unlink()
    assert unsealed(organization) == count + 1
    monkeypatch.setattr(resealing, "AT_ONCE", 2)
    assert seal_files(organization).state == State.QUEUED
    assert seal_files(organization).state == State.READY
    assert unsealed(organization) == 1
    with tenant(organization.id):
        removals = list(Job.objects.filter(kind=keeping.REMOVE_FILE).values_list("pk", flat=True))
        sources = list(Source.objects.exclude(pk=gone.pk))
    assert len(removals) == count
    for job_id in removals:
        run_job(str(organization.id), str(job_id))
    assert [stored(source) for source in sources] == [CANARY.encode()] * count
    folder = lying_at(gone).parent
    assert {path.name for path in folder.iterdir()} == {str(each.file_id) for each in sources}
    assert all(b"canary" not in path.read_bytes() for path in folder.iterdir())


def test_sealing_that_is_stopped_goes_on(
    organization: Customer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped between the new file and its row: the row names a file that opens, each time."""
    sources = [upload(organization, project, f"{number}.md", b"x") for number in range(3)]
    for source in sources:
        lie_unsealed(source, CANARY.encode())
    calls: list[Kept] = []
    genuine = keeping.take

    def stop(file: Kept) -> None:
        calls.append(file)
        if len(calls) == 2:
            raise SystemExit
        genuine(file)

    monkeypatch.setattr(keeping, "take", stop)
    with pytest.raises(SystemExit):
        seal_files(organization)
    assert unsealed(organization) == 2
    with tenant(organization.id):
        after = list(Source.objects.all())
    assert [stored(source) for source in after] == [CANARY.encode()] * 3
    seal_files(organization)
    assert (unsealed(organization), len(calls)) == (0, 4)


def test_files_follow_the_data_key(organization: Customer, project: Project) -> None:
    sources = [upload(organization, project, f"{n}.md", CANARY.encode()) for n in range(2)]
    lie_unsealed(sources[0], CANARY.encode())
    gone = upload(organization, project, "gone.md", b"x")
    lying_at(gone).unlink()
    rotate_data_key(organization_id=organization.id, by=organization.actor, now=timezone.now())
    do(organization, RESEAL)
    pass_time(organization, seconds=61)
    do(organization, RESEAL)
    pass_time(organization, hours=1)
    assert do(organization, RESEAL).state == State.READY
    with tenant(organization.id):
        after = list(Source.objects.exclude(pk=gone.pk))
    assert [(each.file_key_version, stored(each)) for each in after] == [(2, CANARY.encode())] * 2


def test_file_replaced_while_it_is_sealed(
    organization: Customer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = upload(organization, project, "a.md", b"Old.", "hours")
    lie_unsealed(source, b"Old.")
    genuine = files.write

    def replace(*args: object, **place: object) -> Kept:
        monkeypatch.setattr(files, "write", genuine)
        upload(organization, project, "b.md", b"New.", "hours")
        return genuine(*args, **place)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "write", replace)
    seal_files(organization)
    assert stored(only_source(organization)) == b"New."


def test_download_stops_when_the_key_is_taken_away(
    organization: Customer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = upload(organization, project, "a.bin", bytes(1_000_000))
    whole = attachment(source=source)
    given = iter(whole)
    next(given)

    def refuse(organization_id: object) -> None:
        raise KeyRevoked

    monkeypatch.setattr(keyrings, "of", refuse)
    with pytest.raises(KeyRevoked):
        list(given)
    with pytest.raises(KeyRevoked):
        attachment(source=source)
    with pytest.raises(KeyRevoked):
        upload(organization, project, "b.md", b"Text.")
    whole.close()


def test_what_is_received_has_no_name_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large upload waits in a file that no path leads to: a killed process leaves nothing."""
    from askorac.web import uploads

    handler = uploads.UnnamedUploadHandler()
    handler.new_file("file", "a.bin", "application/octet-stream", None)
    handler.receive_data_chunk(CANARY.encode(), 0)
    file = handler.file_complete(len(CANARY))
    assert file.file is not None
    assert not Path(f"/proc/self/fd/{file.fileno()}").readlink().exists()
    assert (file.size, b"".join(file.chunks()), hasattr(file, "temporary_file_path")) == (
        len(CANARY),
        CANARY.encode(),
        False,
    )
    handler.upload_interrupted()
    assert file.closed


def test_nothing_else_leads_to_the_store() -> None:
    """Whoever wants a file goes through knowledge.files, which seals; backups pack sealed ones, and
    the parts of an archive are sealed before they are kept."""
    found = {
        str(path.relative_to(BASE_DIR))
        for app in ("askorac", "projects", "keys", "knowledge", "conversations", "bench")
        for path in (BASE_DIR / app).rglob("*.py")
        if "tests" not in path.parts and _names_storage(path)
    }
    assert found == {
        "askorac/evidence/isolation/furnishing.py",
        "askorac/leaving/parts.py",
        "askorac/recovery/filing.py",
        "askorac/storage/folder.py",
        "knowledge/files.py",
    }
    kept_by_django = [
        field
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, FileField)
    ]
    assert kept_by_django == []


def _names_storage(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        if any(
            name.startswith(("django.core.files.storage", "storages.", "boto3.resource"))
            for name in names
        ):
            return True
    return False
