"""What goes with a conversation, in Redis, too; and when its visitor was last there."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.utils import timezone
from redis import Redis

from askorac.tenancy.context import in_tenant, tenant
from askorac.testing.people import Customer
from askorac.testing.sockets import Visitor
from conversations.models import Conversation
from conversations.remains import forget_visitor, sweep_answers
from conversations.removal import delete_conversation
from conversations.replay import blocking_client, stream_name
from conversations.tests.conversing import converse, exchange
from projects.models import Project
from projects.retention.sweeping import sweep_organization

from .conftest import QUESTION, Site


def tell(client: Redis, organization_id: UUID, turn_id: UUID) -> str:
    """Leave something of an answer in Redis, as a process does while it streams."""
    name = stream_name(organization_id, turn_id)
    client.xadd(name, {"sealed": "AA"})
    client.expire(name, 60)
    return name


def test_deleted_conversation_leaves_nothing_in_redis(
    organization: Customer, project: Project
) -> None:
    with tenant(organization.id):
        conversation_id = converse(project)
        turn_id = exchange(project, conversation_id, "Until when?", "Within thirty days.")
    with blocking_client() as client:
        name = tell(client, organization.id, turn_id)
        with tenant(organization.id):
            now, by = timezone.now(), organization.actor
            delete_conversation(project=project, conversation_id=conversation_id, by=by, now=now)
        assert not client.exists(name)


def test_sweep_finds_answers_whose_turn_is_gone(organization: Customer, project: Project) -> None:
    with tenant(organization.id):
        kept = exchange(project, converse(project), "Until when?", "Within thirty days.")
    with blocking_client() as client:
        here = tell(client, organization.id, kept)
        gone = tell(client, organization.id, uuid4())
        found = sweep_answers(organization.id, timezone.now())
        assert (found.looked_at, found.left, found.removed) == (2, 1, 1)
        assert (client.exists(here), client.exists(gone)) == (1, 0)
        client.delete(here)
    assert sweep_organization(organization.id, now=timezone.now()).left == 0


def test_visitor_that_is_forgotten_is_not_counted_any_more() -> None:
    project_id, visitor_id = uuid4(), uuid4()
    with blocking_client() as client:
        client.lpush(f"orac:limit:visitor:{project_id}:{visitor_id}", 1)
        forget_visitor(project_id, visitor_id)
        assert not client.exists(f"orac:limit:visitor:{project_id}:{visitor_id}")


async def test_visitor_is_seen_until_the_socket_is_closed(site: Site, shop: Project) -> None:
    began = timezone.now()
    async with Visitor.at(site.daphne, shop.public_key) as visitor:
        ready = await visitor.hello()
        await visitor.ask(QUESTION)
        await visitor.answer()
    async with asyncio.timeout(60):
        while not (seen_at := await _seen(shop, ready["conversation"])):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert began - timedelta(seconds=5) < seen_at < timezone.now() + timedelta(seconds=5)


async def _seen(project: Project, conversation: str) -> datetime | None:
    return await in_tenant(project.organization_id, _seen_at, UUID(conversation))


def _seen_at(conversation_id: UUID) -> datetime | None:
    return Conversation.objects.get(pk=conversation_id).seen_at
