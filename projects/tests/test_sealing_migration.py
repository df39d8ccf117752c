"""What an earlier version kept in clear of projects and in the audit trail is sealed, and the
events of the trail are chained."""

import json
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Json

from askorac.local.engines import Engines
from askorac.testing.elder import Elder, elder

pytestmark = pytest.mark.long
EVENTS = 1_100

_PROJECT = """
INSERT INTO projects_project (organization_id, id, name, public_key, allowed_domains, greeting,
    accent, suggestions, assistant_name, theme, position, instructions, unanswered_text,
    contact_label, contact_url, embedding_space, created_at)
VALUES (%s, %s, 'Desk', %s, '{}', %s, '#0b6480', %s, '', 'auto', 'right', %s, %s, '', '', '', now())
"""
_EVENT = """
INSERT INTO projects_auditevent (organization_id, id, actor_kind, actor_label, action, target_kind,
    target_label, details, at)
VALUES (%s, %s, 'member', 'ada@one.example', 'source.added', 'source', %s, %s, now())
"""
_READ = """
import json
from types import SimpleNamespace
from uuid import UUID
from askorac.tenancy.context import tenant
from projects.tests.test_audit_chain import verify
from projects.look import Look
from projects.models import AuditEvent, Project
from projects.settings import Settings

found = {}
for organization_id in map(UUID, ORGANIZATIONS):
    with tenant(organization_id):
        found[str(organization_id)] = [
            [
                [Look.of(each).greeting, Look.of(each).suggestions,
                 Settings.of(each).instructions, Settings.of(each).unanswered_text]
                for each in Project.objects.all()
            ],
            sorted([each.target_label.open(), each.details.open()]
                for each in AuditEvent.objects.all()),
        ]
    found[str(organization_id)].append(verify(SimpleNamespace(id=organization_id)))
print(json.dumps(found))
"""


def test_filled_tables_are_sealed_when_they_are_migrated(engines: Engines) -> None:
    one, two = uuid4(), uuid4()
    with elder(engines, "elder_projects") as installation:
        installation.migrate("projects", "0007")
        fill(installation, one, two)
        installation.migrate()
        read = _READ.replace("ORGANIZATIONS", repr([str(one), str(two)]))
        found = json.loads(installation.run(read))
        with installation.superuser() as session:
            dumped = session.execute(
                "SELECT string_agg(e::text, ''), (SELECT string_agg(p::text, '')"
                " FROM projects_project p) FROM projects_auditevent e"
            ).fetchone()
    assert found[str(one)] == [
        [["Ahoy, canary.", ["How deep?", "A canary?"], "Be a canary.", "Ask the canary."]],
        [[f"canary {number:04}.pdf", {"after": ["canary.example"]}] for number in range(EVENTS)],
        EVENTS,
    ]
    assert found[str(two)] == [[["Hello.", [], "", ""]], [["", {}]], 1]
    assert dumped is not None
    assert [word for word in ("canary", "63616e617279") if word in str(dumped)] == []


def fill(installation: Elder, one: UUID, two: UUID) -> None:
    with installation.superuser() as session, session.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO projects_organization (id, name, created_at) VALUES (%s, 'One', now())",
            [[one], [two]],
        )
        questions = ["How deep?", "A canary?"]
        wishes = ["Be a canary.", "Ask the canary."]
        cursor.execute(_PROJECT, [one, uuid4(), "pk_1", "Ahoy, canary.", questions, *wishes])
        cursor.execute(_PROJECT, [two, uuid4(), "pk_2", "Hello.", [], "", ""])
        details = Json({"after": ["canary.example"]})
        cursor.executemany(
            _EVENT,
            [[one, uuid4(), f"canary {number:04}.pdf", details] for number in range(EVENTS)],
        )
        cursor.execute(_EVENT, [two, uuid4(), "", Json({})])
