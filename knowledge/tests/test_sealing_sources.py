"""What an earlier version kept of sources in clear is sealed when its owner migrates."""

import json
from uuid import UUID, uuid4

import pytest

from askorac.local.engines import Engines
from askorac.testing.elder import Elder, elder

pytestmark = pytest.mark.long
MANY = 450
NAME, URL, EXTERNAL_ID = "Canary handbook.pdf", "https://canary.example/prices", "canary-17"

_FILL = """
INSERT INTO projects_organization (id, name, created_at) VALUES (%(one)s, 'One', now()),
    (%(two)s, 'Two', now());
"""
_PROJECT = """
INSERT INTO projects_project (organization_id, id, name, public_key, allowed_domains, greeting,
    accent, suggestions, assistant_name, theme, position, instructions, unanswered_text,
    contact_label, contact_url, embedding_space, created_at)
VALUES (%s, %s, 'P', %s, '{}', '', '#0b6480', '{}', '', 'auto', 'right', '', '', '', '', '', now())
"""
_SOURCE = """
INSERT INTO knowledge_source (organization_id, id, project_id, kind, name, url, external_id,
    file_id, size_bytes, chunk_count, created_at)
VALUES (%s, gen_random_uuid(), %s, %s, %s, %s, %s, gen_random_uuid(), 1, 0, now())
"""
_READ = """
import json
from uuid import UUID
from askorac.jobs.models import Job
from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from knowledge import labels
from knowledge.models import Source

found = {}
for organization_id in map(UUID, ORGANIZATIONS):
    ring = keyrings.of(organization_id)
    with tenant(organization_id):
        every = Source.objects.order_by("kind", "created_at")
        called = labels.called("cana hand", project_id=every[0].project_id, ring=ring)
        found[str(organization_id)] = [
            sorted([each.name.open(), each.url.open(), each.external_id.open()] for each in every),
            Source.objects.filter(called).count(),
            Source.objects.filter(
                external_id_digest=labels.id_digest("canary-17", ring=ring)
            ).count(),
            Source.objects.filter(
                url_digest=labels.url_digest("https://canary.example/prices", ring=ring)
            ).count(),
            Source.objects.exclude(file_key_version=None).count(),
            Job.objects.filter(kind="source.seal_files", target_id=organization_id).count(),
        ]
print(json.dumps(found))
"""


def test_filled_tables_are_sealed_when_they_are_migrated(engines: Engines) -> None:
    one, two = uuid4(), uuid4()
    with elder(engines, "elder_sources") as installation:
        installation.migrate("knowledge", "0011")
        fill(installation, one, two)
        installation.migrate()
        read = _READ.replace("ORGANIZATIONS", repr([str(one), str(two)]))
        found = json.loads(installation.run(read))
        with installation.superuser() as session:
            dumped = session.execute(
                "SELECT string_agg(s::text, ''), (SELECT string_agg(w::text, '')"
                " FROM knowledge_sourceword w) FROM knowledge_source s"
            ).fetchone()
    many = [[f"{number}. {NAME}", "", ""] for number in range(MANY)]
    page = [NAME, URL, EXTERNAL_ID]
    assert found[str(one)] == [sorted([*many, page]), MANY + 1, 1, 1, 0, 1]
    assert found[str(two)] == [[[URL, URL, ""]], 0, 0, 1, 0, 0]
    assert dumped is not None
    assert [word for word in ("anary", "616e617279") if word in str(dumped)] == []


def fill(installation: Elder, one: UUID, two: UUID) -> None:
    project, other = uuid4(), uuid4()
    with installation.superuser() as session, session.cursor() as cursor:
        cursor.execute(_FILL, {"one": one, "two": two})
        cursor.execute(_PROJECT, [one, project, "pk_one"])
        cursor.execute(_PROJECT, [two, other, "pk_two"])
        rows = [[one, project, "file", f"{n}. {NAME}", "", ""] for n in range(MANY)]
        rows.append([one, project, "page", NAME, URL, EXTERNAL_ID])
        rows.append([two, other, "page", URL, URL, ""])
        cursor.executemany(_SOURCE, rows)
