"""Who gets in, who stays in, and with which code the others are sent away."""

import asyncio
import time
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from askorac.tenancy.context import in_tenant, in_thread, tenant
from askorac.testing.pages import browser, new_member
from askorac.testing.people import Customer, new_project
from askorac.testing.sockets import Visitor, Web
from askorac.testing.waiting import is_kept_to
from conversations.doors import FRESH_SECONDS
from conversations.models import Conversation
from projects.lifecycle import delete_project, set_allowed_domains
from projects.look import GREETING
from projects.membership.members import InProject, remove_member, set_project_role
from projects.models import Member, Project, User
from projects.trail.recording import Actor

from .conftest import QUESTION, Site


def session_of(customer: Customer) -> str:
    return cookie_of(customer.owner)


def cookie_of(user: User) -> str:
    client: Client = browser(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def a_conversation(conversation: str) -> tuple[str, UUID, str]:
    row = Conversation.objects.get(pk=conversation)
    return row.channel, row.visitor_id, row.page_url.open()


@pytest.mark.parametrize(
    ("showing", "code"),
    [
        ({"public_key": "pk_unknown"}, 4404),
        ({"public_key": "pk%00"}, 4404),
        ({"public_key": "p" * 500}, 4404),
        ({"path": "/ws/elsewhere/"}, 4404),
        ({"path": "/"}, 4404),
        ({"origin": None}, 4403),
        ({"origin": "null"}, 4403),
        ({"origin": "https://elsewhere.example"}, 4403),
        ({"origin": "https://shop.example.elsewhere.example"}, 4403),
        ({"origin": "https://shop.example:8443"}, 4403),
        ({"subprotocols": ()}, 4400),
    ],
)
async def test_socket_that_may_not_come_in_is_told_why(
    web: Web, shop: Project, showing: dict[str, Any], code: int
) -> None:
    async with Visitor.at(web, **{"public_key": shop.public_key} | showing) as visitor:
        assert await visitor.closed() == code


async def test_project_without_domains_answers_our_own_pages_only(
    site: Site, project: Project
) -> None:
    async with Visitor.at(site.daphne, project.public_key, origin=settings.PUBLIC_URL) as visitor:
        await visitor.hello()
    async with Visitor.at(site.daphne, project.public_key) as visitor:
        assert await visitor.closed() == 4403


async def test_visitor_is_greeted_with_the_look_and_nothing_else(web: Web, shop: Project) -> None:
    async with Visitor.at(web, shop.public_key) as visitor:
        ready = await visitor.hello()
    UUID(ready["conversation"])
    assert ready == {
        "type": "ready",
        "conversation": ready["conversation"],
        "resume": ready["resume"],
        "project": {
            "name": "Help desk",
            "greeting": GREETING,
            "accent": shop.accent,
            "colours": {
                "accent": shop.accent,
                "on": "#ffffff",
                "light": shop.accent,
                "dark": "#6aa0b2",
            },
            "theme": "auto",
            "position": "right",
            "avatar": "",
            "suggestions": [],
            "language_model": True,
        },
        "messages": [],
    }


async def test_domain_that_is_removed_is_out_within_seconds(
    site: Site, shop: Project, organization: Customer
) -> None:
    async with Visitor.at(site.daphne, shop.public_key) as visitor:
        await visitor.hello()
        await in_tenant(organization.id, forbid, shop, organization.actor, timezone.now())
        await asyncio.sleep(FRESH_SECONDS + 0.2)
        await visitor.ask(QUESTION)
        assert await visitor.closed() == 4403


async def test_project_that_is_deleted_is_gone_within_seconds(
    site: Site, shop: Project, organization: Customer
) -> None:
    async with Visitor.at(site.daphne, shop.public_key) as visitor:
        await visitor.hello()
        await in_tenant(organization.id, delete, shop, organization.actor, timezone.now())
        await asyncio.sleep(FRESH_SECONDS + 0.2)
        await visitor.say("ping")
        assert await visitor.closed() == 4404


def forbid(project: Project, by: Actor, now: datetime) -> None:
    set_allowed_domains(project=project, domains=[], by=by, now=now)


def delete(project: Project, by: Actor, now: datetime) -> None:
    delete_project(project=project, by=by, now=now)


async def channel_of(
    web: Web, project: Project, *, origin: str, cookie: str
) -> tuple[str, UUID, str]:
    async with Visitor.at(web, project.public_key, origin=origin, cookie=cookie) as visitor:
        ready = await visitor.hello(page_url="javascript:alert(1)")
        await visitor.ask(QUESTION)
        await visitor.answer()
    return await in_tenant(project.organization_id, a_conversation, ready["conversation"])


async def test_member_on_our_own_page_is_in_the_playground(
    web: Web, shop: Project, organization: Customer
) -> None:
    cookie = await in_thread(session_of, organization)
    own = await channel_of(web, shop, origin=settings.PUBLIC_URL, cookie=cookie)
    assert own == ("playground", organization.owner.pk, "")


@pytest.mark.parametrize("origin", ["https://shop.example", ""])
async def test_member_of_another_organization_or_on_another_page_is_a_visitor(
    site: Site, shop: Project, organization: Customer, stranger: Customer, origin: str
) -> None:
    who = organization if origin else stranger
    cookie = await in_thread(session_of, who)
    channel, visitor_id, _ = await channel_of(
        site.daphne, shop, origin=origin or settings.PUBLIC_URL, cookie=cookie
    )
    assert channel == "widget"
    assert visitor_id != who.owner.pk


async def test_sockets_of_sessions_that_are_ended_close_within_two_seconds(
    site: Site, shop: Project, organization: Customer
) -> None:
    """Of a member's two devices the one ends the other's, which says nothing meanwhile."""

    async def take_seconds() -> float:
        own, other = [await in_thread(session_of, organization) for _ in range(2)]
        async with (
            at_home(site, shop, own) as staying,
            at_home(site, shop, other) as leaving,
            Visitor.at(site.daphne, shop.public_key) as visitor,
        ):
            for each in (staying, leaving, visitor):
                await each.hello()
            await in_thread(end_others, own, other)
            ended_at = time.monotonic()
            assert await leaving.closed() == 4401
            took = time.monotonic() - ended_at
            for each in (staying, visitor):
                await each.say("ping")
                assert (await each.hear())["type"] == "pong"
        return took

    assert await is_kept_to(2, take_seconds)


async def test_socket_of_a_removed_member_closes_within_two_seconds(
    site: Site, shop: Project, organization: Customer
) -> None:
    """And that of a member for whom the project is not there any more."""

    async def take_seconds() -> float:
        members = [await in_thread(new_member, organization, "viewer") for _ in range(2)]
        cookies = [await in_thread(cookie_of, each) for each in members]
        async with at_home(site, shop, cookies[0]) as gone, at_home(site, shop, cookies[1]) as shut:
            for each in (gone, shut):
                await each.hello()
            await in_thread(take_away, organization, shop, members)
            taken_at = time.monotonic()
            assert [await gone.closed(), await shut.closed()] == [4401, 4401]
            return time.monotonic() - taken_at

    assert await is_kept_to(2, take_seconds)


def take_away(customer: Customer, project: Project, members: list[User]) -> None:
    """From the first member the organization, from the second the project."""
    with tenant(customer.id):
        ids = [Member.objects.get(user_id=each.pk).pk for each in members]
    how: Any = {"organization_id": customer.id, "by": customer.actor, "now": timezone.now()}
    remove_member(member_id=ids[0], is_owner=True, **how)
    wanted = InProject(project.pk, "none")
    names = {"project_id": project.pk, "project_name": project.name}
    set_project_role(member_id=ids[1], wanted=wanted, **names, **how)


def at_home(site: Site, shop: Project, cookie: str) -> Any:
    return Visitor.at(site.daphne, shop.public_key, origin=settings.PUBLIC_URL, cookie=cookie)


def end_others(own: str, other: str) -> None:
    clients = [browser(), browser()]
    for client, cookie in zip(clients, (own, other), strict=True):
        client.cookies.load(cookie)
        assert client.get("/app/account/").status_code == 200
    assert clients[0].post("/app/account/sessions/end/", {"which": "others"}).status_code == 302


async def test_resume_token_that_is_not_the_visitors_starts_anew(
    site: Site, shop: Project, organization: Customer
) -> None:
    async with Visitor.at(site.daphne, shop.public_key) as visitor:
        first = await visitor.hello()
        again = await visitor.hello(resume=first["resume"], conversation=str(uuid4()))
        forged = await visitor.hello(resume=first["resume"][:-1] + "-")
        strange = [await visitor.hello(resume=token) for token in (7, {}, "a:b:c", "\ud800")]
    assert again["conversation"] == first["conversation"]
    conversations = {each["conversation"] for each in [first, forged, *strange]}
    assert len(conversations) == 2 + len(strange)


async def test_resume_token_of_another_project_starts_anew(
    site: Site, shop: Project, stranger: Customer
) -> None:
    other = await in_thread(new_project, stranger)
    async with Visitor.at(site.daphne, other.public_key, origin=settings.PUBLIC_URL) as visitor:
        theirs = await visitor.hello()
    async with Visitor.at(site.daphne, shop.public_key) as visitor:
        ours = await visitor.hello(resume=theirs["resume"])
    assert ours["conversation"] != theirs["conversation"]


async def test_resume_token_of_the_playground_is_no_visitors(
    site: Site, shop: Project, organization: Customer
) -> None:
    cookie = await in_thread(session_of, organization)
    at_home = {"origin": settings.PUBLIC_URL, "cookie": cookie}
    async with Visitor.at(site.daphne, shop.public_key, **at_home) as visitor:
        members = await visitor.hello()
    async with Visitor.at(site.daphne, shop.public_key) as visitor:
        visitors = await visitor.hello(resume=members["resume"])
    async with Visitor.at(site.daphne, shop.public_key, **at_home) as visitor:
        again = await visitor.hello(resume=members["resume"])
        crossed = await visitor.hello(resume=visitors["resume"])
    assert again["conversation"] == members["conversation"]
    assert len({each["conversation"] for each in (members, visitors, crossed)}) == 3
