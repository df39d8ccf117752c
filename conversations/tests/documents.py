"""A few documents for tests: texts put where ingestion would put them, findable at once."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from django.utils import timezone

from askorac.sealing import keyrings
from askorac.tenancy.context import tenant
from conversations.turns import Question, TurnKey
from keys.clients import default_space, our_embedding_model
from knowledge.ingestion.fingerprints import fingerprint
from knowledge.models import Chunk, Document, Source
from projects.models import Project

SHOP = (
    "Returns are accepted within 30 days of delivery, as long as the item is unused.",
    "Shipping within the country takes two working days and costs 4 euros.",
    "Gift cards never expire. They can be used for anything in the shop.",
)


def stock(
    project: Project, texts: Sequence[str] = SHOP, *, title: str = "Shop handbook"
) -> list[UUID]:
    """Embed the texts as chunks of one document, on pages from 1; returns the chunks' ids."""
    import asyncio

    space = default_space()
    vectors = asyncio.run(our_embedding_model(space).embed(texts))
    with tenant(project.organization_id):
        project.embedding_space = str(space)
        project.save(update_fields=["embedding_space"])
        source = Source.objects.create(
            project_id=project.pk,
            kind="text",
            name=title,
            size_bytes=1,
            created_at=timezone.now(),
        )
        document = Document.objects.create(
            project_id=project.pk, source_id=source.pk, title=title, created_at=timezone.now()
        )
        return [
            Chunk.objects.create(
                project_id=project.pk,
                document_id=document.pk,
                ordinal=ordinal,
                text=text,
                text_digest=fingerprint(text, ring=keyrings.of(project.organization_id)),
                page=ordinal + 1,
                embedding_space=str(space),
                embedding=vector,
                is_live=True,
            ).pk
            for ordinal, (text, vector) in enumerate(zip(texts, vectors, strict=True))
        ]


def ask(
    project: Project, text: str = "When can I return it?", *, conversation_id: UUID | None = None
) -> Question:
    """A visitor's question; the conversation is a new one unless it is named."""
    key = TurnKey(project.organization_id, project.pk, conversation_id or uuid4(), uuid4())
    return Question(
        key=key,
        client_id=uuid4(),
        visitor_id=uuid4(),
        channel="widget",
        page_url="https://shop.example/returns",
        text=text,
        now=timezone.now(),
    )
