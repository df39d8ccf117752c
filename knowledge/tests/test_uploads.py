"""Files of sources go by a rule and their text stays; what nobody names any more is swept."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone

from askorac.jobs.models import Job, State
from askorac.jobs.tasks import run_job
from askorac.tenancy.context import tenant
from askorac.testing.people import Customer
from knowledge import sources
from knowledge.downloads import NoFile, attachment
from knowledge.keeping import REMOVE_FILE
from knowledge.models import Source
from knowledge.resealing import count_files
from knowledge.tests.ingesting import lying_at, texts, upload, work
from projects.models import Content, ErasureReceipt, Keep, Project
from projects.receipts import SWEEP
from projects.retention.purging import purge_batch
from projects.retention.rules import Rule, change_rules
from projects.retention.sweeping import find_strays, sweep_organization

from ..uploads import STRAY_FILES, UPLOADS

TEXT = b"# Opening hours\n\nThe harbour office is open from nine to five.\n"


@pytest.fixture
def source(organization: Customer, project: Project) -> Source:
    """A file that was read."""
    made = upload(organization, project, "hours.md", TEXT)
    work(made)
    return made


def purge_uploads(customer: Customer, project: Project) -> bool:
    """As the hourly purge does, by a rule of ninety days, a hundred days from now."""
    now = timezone.now()
    with tenant(customer.id):
        wanted = {Content.UPLOADS: Rule(Keep.DAYS, 90)}
        change_rules(wanted=wanted, project=project, by=customer.actor, now=now)
        return purge_batch(UPLOADS, project.pk, now=now + timedelta(days=100))


def fresh(source: Source) -> Source:
    with tenant(source.organization_id):
        return Source.objects.get(pk=source.pk)


def remove_files(customer: Customer) -> None:
    """Do the jobs that remove files."""
    with tenant(customer.id):
        jobs = list(Job.objects.filter(kind=REMOVE_FILE, state=State.QUEUED))
    for job in jobs:
        run_job(str(customer.id), str(job.pk))


def test_file_goes_by_a_rule_and_its_text_stays(
    organization: Customer, project: Project, source: Source
) -> None:
    path = lying_at(source)
    assert purge_uploads(organization, project)
    assert not purge_uploads(organization, project)
    remove_files(organization)
    assert (path.exists(), count_files(organization.id)) == (False, 0)
    assert "nine to five" in texts(organization)[0]
    with pytest.raises(NoFile):
        attachment(source=fresh(source))


def test_file_that_is_gone_is_not_read_again(
    organization: Customer, project: Project, source: Source
) -> None:
    purge_uploads(organization, project)
    remove_files(organization)
    with tenant(organization.id):
        now = timezone.now()
        assert sources.retry(source=fresh(source), by=organization.actor, now=now)
    row = work(source)
    assert (row.state, "Upload the file anew" in row.reason) == (State.FAILED, True)
    assert "nine to five" in texts(organization)[0]


def test_file_that_is_still_to_be_read_stays(organization: Customer, project: Project) -> None:
    waiting = upload(organization, project, "hours.md", TEXT)
    assert not purge_uploads(organization, project)
    assert lying_at(waiting).exists()


def test_file_that_is_replaced_counts_anew(organization: Customer, project: Project) -> None:
    work(upload(organization, project, "hours.md", TEXT, external_id="hours"))
    purge_uploads(organization, project)
    remove_files(organization)
    anew = upload(organization, project, "hours.md", TEXT, external_id="hours")
    assert work(anew).state == State.READY
    assert (fresh(anew).file_purged_at, lying_at(anew).exists()) == (None, True)


def test_removed_source_leaves_a_receipt(organization: Customer, source: Source) -> None:
    with tenant(organization.id):
        sources.remove(source=fresh(source), by=organization.actor, now=timezone.now())
        receipt = ErasureReceipt.objects.get()
        assert Job.objects.filter(kind=SWEEP, state=State.QUEUED).exists()
    counts = receipt.document["counts"]
    assert (receipt.kind, counts["files"], counts["chunks"]) == ("source.removed", 1, 1)


def test_sweep_takes_away_what_nobody_names(
    organization: Customer, project: Project, source: Source
) -> None:
    folder = f"{organization.id}/{project.pk}"
    default_storage.save(f"{folder}/{uuid4()}", ContentFile(b"left behind"))
    Path(default_storage.path(f"{folder}/{uuid4()}.part")).write_bytes(b"half of it")
    default_storage.save(f"{organization.id}/{uuid4()}/{uuid4()}", ContentFile(b"of a project"))
    waiting = upload(organization, project, "other.md", TEXT)
    found = sweep_organization(organization.id, now=timezone.now())
    assert (found.looks["files"].left, found.looks["files"].removed) == (3, 3)
    assert (lying_at(source).exists(), lying_at(waiting).exists()) == (True, True)
    again = sweep_organization(organization.id, now=timezone.now())
    assert (again.left, again.looks["files"].looked_at) == (0, 2)


def test_sweep_writes_down_what_it_found_once(organization: Customer, source: Source) -> None:
    with tenant(organization.id):
        sources.remove(source=fresh(source), by=organization.actor, now=timezone.now())
    remove_files(organization)
    call_command("sweep_erased", str(organization.id))
    call_command("sweep_erased", str(organization.id))
    with tenant(organization.id):
        kinds = list(ErasureReceipt.objects.order_by("at").values_list("kind", flat=True))
        swept = ErasureReceipt.objects.get(kind="erasure.swept")
    assert kinds == ["source.removed", "erasure.swept"]
    looks = swept.document["looked_for"]
    assert {name: each["left"] for name, each in looks.items()} == dict.fromkeys(looks, 0)
    assert {"answers in Redis", "files", "rows without what they belong to"} <= set(looks)


def test_remains_of_an_organization_that_is_gone_are_found(organization: Customer) -> None:
    gone = uuid4()
    default_storage.save(f"{gone}/{uuid4()}/{uuid4()}", ContentFile(b"left behind"))
    assert gone in find_strays()["files"]
    assert STRAY_FILES.remove(gone) == 1
    assert gone not in STRAY_FILES.organizations()
