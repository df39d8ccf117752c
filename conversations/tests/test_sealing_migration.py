"""What stood in clear is sealed by the migrations, on filled tables, and reads as it did."""

import json
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from askorac.local.engines import Engines
from askorac.testing.elder import Elder, elder

from .conversing import CITATION

pytestmark = pytest.mark.long

WORDS = ("kestrelquestion", "kestrelanswer", "kestrelcomment", "kestrelpage", "kestrelcheckpoint")
PAGE_URL = "https://shop.example/kestrelpage?a=1"
FILL = """
INSERT INTO projects_organization (id, name, created_at) VALUES (%(organization)s, 'One', now());
INSERT INTO conversations_conversation (organization_id, id, project_id, visitor_id, channel,
    page_url, started_at, last_message_at)
VALUES (%(organization)s, %(conversation)s, %(project)s, gen_random_uuid(), 'widget', %(page)s,
    now(), now());
INSERT INTO conversations_turn (organization_id, id, project_id, conversation_id, client_id,
    state, code, text, fence, lease_expires_at, provider, model, started_at)
VALUES (%(organization)s, %(turn)s, %(project)s, %(conversation)s, gen_random_uuid(),
    'ready', '', '', 1, NULL, '', '', now()),
    (%(organization)s, gen_random_uuid(), %(project)s, %(conversation)s, gen_random_uuid(),
    'processing', '', '{4}', 1, now(), '', '', now());
INSERT INTO conversations_message (organization_id, id, project_id, conversation_id, turn_id,
    speaker, text, citations, rating, rating_comment, at)
VALUES (%(organization)s, gen_random_uuid(), %(project)s, %(conversation)s, %(turn)s,
    'visitor', '{0}', '[]', NULL, '', now()),
    (%(organization)s, gen_random_uuid(), %(project)s, %(conversation)s, %(turn)s,
    'assistant', '{1}', %(cited)s, 1, '{2}', now())
"""
READ = """
import json
from uuid import UUID
from askorac.jobs.models import Job
from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from conversations.listing import list_conversations
from conversations.models import Turn
from conversations.transcripts import read_conversation
from projects.models import Project

organization_id, conversation_id = UUID("{organization}"), UUID("{conversation}")
keyrings.of(organization_id)
with tenant(organization_id):
    project = Project(pk=UUID("{project}"), organization_id=organization_id)
    [row] = list_conversations(project=project).rows
    [job] = Job.objects.filter(target_id=project.pk).values_list("kind", flat=True)
    lines = read_conversation(project=project, conversation_id=conversation_id).lines
    turns = sorted(turn.text.open() for turn in Turn.objects.all())
    told = [[line.text, [c.title for c in line.citations], line.rating_comment] for line in lines]
    print(json.dumps([job, row.page_url, row.first_question, turns, told]))
"""


def test_words_in_clear_are_sealed_and_read_as_they_were(engines: Engines) -> None:
    with elder(engines, "elder_conversations") as before:
        before.migrate("conversations", "0003")
        named = fill(before)
        assert [word in dump(before) for word in WORDS] == [True] * 5
        before.migrate()
        after = dump(before)
        job, page_url, first_question, turns, told = json.loads(before.run(READ.format(**named)))
    assert [word in after or word.encode().hex() in after for word in WORDS] == [False] * 5
    assert (page_url, first_question) == (PAGE_URL, WORDS[0])
    assert job == "conversations.find_words"  # by which they are found again
    assert turns == ["", WORDS[4]]
    assert told == [[WORDS[0], [], ""], [WORDS[1], ["Handbook"], WORDS[2]]]


def fill(database: Elder) -> dict[str, UUID]:
    """A conversation in clear, and a turn whose answer was being given."""
    named = {name: uuid4() for name in ("organization", "project", "conversation", "turn")}
    values = named | {"page": PAGE_URL, "cited": Jsonb([CITATION.stored()])}
    with database.superuser() as session:
        for statement in FILL.format(*WORDS).split(";"):
            session.execute(statement.encode(), values)
    return named


def dump(database: Elder) -> str:
    """Every value of the three tables, as text."""
    with database.superuser() as session:
        found = [
            session.execute(f"SELECT t::text FROM conversations_{name} t".encode()).fetchall()
            for name in ("conversation", "turn", "message")
        ]
    return str(found)
