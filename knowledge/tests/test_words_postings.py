"""Words in their table: blind, isolated, gone with their document, and BM25 out of them."""

import math
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections
from django.utils import timezone

from askorac.sealing.keyring import Keyring, OpenKeys
from askorac.tenancy.context import tenant
from askorac.testing.people import Customer, new_customer, new_project
from knowledge.models import Document, Posting, Source, Vocabulary
from knowledge.words import postings
from projects.models import Project

TEXTS = ["The harbour opens at nine.", "The bridge opens at noon, and the bridge is old.", "Rope."]


def ring_of(customer: Customer, key: int = 1) -> Keyring:
    keys = OpenKeys(content={1: (bytes([key]) * 32, 0.0)}, words=bytes([key]) * 32)
    return Keyring(customer.id, keys)


def keep(customer: Customer, project: Project, texts: list[str], title: str = "") -> UUID:
    with tenant(customer.id):
        now = timezone.now()
        source = Source.objects.create(
            project_id=project.pk, kind="text", name="Harbour", size_bytes=1, created_at=now
        )
        document = Document.objects.create(
            project_id=project.pk, source_id=source.pk, title="Harbour", created_at=now
        )
        postings.keep(
            postings.blind_words(texts, title=title, ring=ring_of(customer)),
            organization_id=customer.id,
            project_id=project.pk,
            document_id=document.pk,
        )
    return document.pk


def ordinals(customer: Customer, project: Project, question: str, key: int = 1) -> list[int]:
    with tenant(customer.id):
        found = postings.look_up(question, project_id=project.pk, ring=ring_of(customer, key))
    return [ordinal for _, ordinal in found.places]


def test_look_up_of_a_word(organization: Customer, project: Project) -> None:
    document_id = keep(organization, project, TEXTS)
    with tenant(organization.id):
        found = postings.look_up(
            "How old are bridges?", project_id=project.pk, ring=ring_of(organization)
        )
    assert found.places == ((document_id, 1),)
    rarity = math.log1p((3 - 1 + 0.5) / (1 + 0.5))
    lengths = 1 - 0.75 + 0.75 * 10 / (16 / 3)
    expected = rarity * sum(2.2 * often / (often + 1.2 * lengths) for often in (1, 2))
    assert found.scores.tolist() == pytest.approx([expected])


def test_title_is_found_in_each_chunk(organization: Customer, project: Project) -> None:
    keep(organization, project, TEXTS, title="Handbook for skippers")
    assert sorted(ordinals(organization, project, "skipper")) == [0, 1, 2]


def test_words_are_ored(organization: Customer, project: Project) -> None:
    keep(organization, project, TEXTS)
    assert sorted(ordinals(organization, project, "rope in the harbour")) == [0, 2]


def test_nothing_that_was_asked_stands_there(organization: Customer, project: Project) -> None:
    keep(organization, project, TEXTS)
    assert ordinals(organization, project, "elephant") == []
    assert ordinals(organization, new_project(organization), "rope") == []


def test_another_key_finds_nothing(organization: Customer, project: Project) -> None:
    keep(organization, project, TEXTS)
    assert ordinals(organization, project, "rope", key=2) == []


def test_another_organization_finds_nothing(
    organization: Customer, project: Project, stranger: Customer
) -> None:
    keep(organization, project, TEXTS)
    assert ordinals(stranger, project, "rope") == []


def test_words_go_with_their_document(organization: Customer, project: Project) -> None:
    document_id = keep(organization, project, TEXTS)
    with tenant(organization.id):
        Document.objects.filter(pk=document_id).delete()
        assert (Posting.objects.count(), Vocabulary.objects.count()) == (0, 0)


def test_keeping_words_again(organization: Customer, project: Project) -> None:
    document_id = keep(organization, project, TEXTS)
    with tenant(organization.id):
        before = Posting.objects.count()
        postings.keep(
            postings.blind_words(TEXTS, title="", ring=ring_of(organization)),
            organization_id=organization.id,
            project_id=project.pk,
            document_id=document_id,
        )
        assert (Posting.objects.count(), Vocabulary.objects.count()) == (before, 1)


@pytest.fixture(scope="module")
def large() -> tuple[Customer, Project]:
    """A project with many postings, among others' in the same table."""
    customer, other = new_customer("Large"), new_customer("Other")
    project = new_project(customer)
    texts = [" ".join(f"rope{number}x{line}" for number in range(50)) for line in range(60)]
    for each, where in ((customer, project), (customer, new_project(customer)), (other, None)):
        keep(each, where or new_project(each), texts)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE knowledge_posting, knowledge_vocabulary")
    return customer, project


@pytest.mark.parametrize("is_narrowed", [False, True])
@pytest.mark.parametrize("is_prepared", [False, True])
def test_look_up_uses_its_index(
    large: tuple[Customer, Project], is_narrowed: bool, is_prepared: bool
) -> None:
    """As the app role, with what a policy asks answered by the index as well."""
    customer, project = large
    door = {"project_id": project.pk, "conversation_id": uuid4()} if is_narrowed else {}
    with tenant(customer.id, **door):
        raw = connection.connection
        for _ in range(8 if is_prepared else 1):  # after five, a generic plan may be taken
            rows = raw.execute(
                f"EXPLAIN {postings._LOOK_UP}",
                [project.pk, [1, 2, 3, 4]],
                prepare=is_prepared,
            ).fetchall()
    plan = "\n".join(row[0] for row in rows)
    condition = next(line for line in plan.splitlines() if "Index Cond" in line)
    asked = ("project_id = ", "word = ANY", "organization_id = ")
    assert "posting_of_word" in plan, plan
    assert [each for each in asked if each not in condition] == [], plan
    assert "Seq Scan" not in plan, plan
