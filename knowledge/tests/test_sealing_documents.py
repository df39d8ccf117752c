"""What an earlier version kept in clear is sealed when its owner migrates."""

import json
from uuid import UUID, uuid4

import pytest
from pgvector import HalfVector

from askorac.local.engines import Engines
from askorac.testing.elder import Elder, elder

pytestmark = pytest.mark.long
TEXT, HEADING = "We open at nine, said the canary.", "Canary › Hours"
TITLE, URL = "The canary's handbook", "https://canary.example/handbook"
CHUNKS = 1_201

_FILL = """
INSERT INTO projects_organization (id, name, created_at) VALUES (%(one)s, 'One', now()),
    (%(two)s, 'Two', now());
"""
_DOCUMENT = """
INSERT INTO knowledge_document
    (organization_id, id, project_id, source_id, title, url, created_at, is_draft)
VALUES (%s, %s, %s, %s, %s, %s, now(), false)
"""
_CHUNK = """
INSERT INTO knowledge_chunk (organization_id, id, project_id, document_id, ordinal, text,
    text_sha256, heading, joint, repeated_count, embedding_space, embedding, is_live)
VALUES (%s, %s, %s, %s, %s, %s, sha256('x'), %s, '', 0, 'local/test/3', %s, true)
"""
_READ = """
import json
from uuid import UUID
from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from knowledge.ingestion.fingerprints import fingerprint
from knowledge.ingestion.texts import Piece
from knowledge.models import Chunk, Document

found = {}
for organization_id in map(UUID, ORGANIZATIONS):
    ring = keyrings.of(organization_id)
    with tenant(organization_id):
        chunks = list(Chunk.objects.order_by("ordinal"))
        documents = list(Document.objects.all())
    found[str(organization_id)] = [
        [[each.title.open(), each.url.open()] for each in documents],
        [[each.text.open(), each.heading.open()] for each in chunks],
        all(
            bytes(each.text_digest) == fingerprint(
                Piece(0, each.text.open(), None, each.heading.open()).embedded_text, ring=ring
            )
            for each in chunks
        ),
    ]
print(json.dumps(found))
"""


def test_filled_tables_are_sealed_when_they_are_migrated(engines: Engines) -> None:
    one, two, project = uuid4(), uuid4(), uuid4()
    with elder(engines, "elder_documents") as installation:
        installation.migrate("knowledge", "0007")
        fill(installation, one, two, project)
        installation.migrate()
        read = _READ.replace("ORGANIZATIONS", repr([str(one), str(two)]))
        found = json.loads(installation.run(read))
        with installation.superuser() as session:
            dumped = session.execute(
                "SELECT string_agg(c::text, ''), (SELECT string_agg(d::text, '')"
                " FROM knowledge_document d) FROM knowledge_chunk c"
            ).fetchone()
            asked = session.execute(
                "SELECT organization_id, target_id FROM jobs_job"
                " WHERE kind = 'project.index_words' AND state = 'queued'"
            ).fetchall()
    long = [[f"{number}. {TEXT}", HEADING] for number in range(CHUNKS)]
    assert found[str(one)] == [[[TITLE, URL]], long, True]
    assert found[str(two)] == [[["Plain", ""]], [["# A heading of its own", ""]], True]
    assert sorted(asked) == sorted([(one, project), (two, project)])
    assert dumped is not None
    assert [
        word for word in ("canary", "43616e617279", "63616e617279") if word in str(dumped)
    ] == []


def fill(installation: Elder, one: UUID, two: UUID, project: UUID) -> None:
    with installation.superuser() as session, session.cursor() as cursor:
        cursor.execute(_FILL, {"one": one, "two": two})
        vector = HalfVector([1, 0, 0])
        first, second = uuid4(), uuid4()
        cursor.execute(_DOCUMENT, [one, first, project, uuid4(), TITLE, URL])
        cursor.execute(_DOCUMENT, [two, second, project, uuid4(), "Plain", ""])
        cursor.executemany(
            _CHUNK,
            [
                [one, uuid4(), project, first, number, f"{number}. {TEXT}", HEADING, vector]
                for number in range(CHUNKS)
            ],
        )
        row = [two, uuid4(), project, second, 0, "# A heading of its own", "", vector]
        cursor.execute(_CHUNK, row)
