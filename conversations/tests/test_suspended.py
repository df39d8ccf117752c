"""The public doors of a suspended organization: closed within seconds, and open again after."""

import asyncio
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from askorac.tenancy.context import in_thread, tenant
from askorac.tenancy.deeds import resume_organization, suspend_organization
from askorac.testing.http import ask
from askorac.testing.pages import browser
from askorac.testing.people import Customer
from askorac.testing.programs import new_program
from askorac.testing.sockets import Visitor
from conversations.doors import FRESH_SECONDS, find_door
from projects.deletion import schedule_project, take_back_project
from projects.models import Project, User

from .conftest import QUESTION, Site

SUSPENDED = 4503
TO_BE_DELETED = 4410


def new_staff() -> User:
    return User.objects.create_superuser(f"{uuid4().hex}@askorac.example", "", name="Sam")


def suspend(customer: Customer, staff: User) -> None:
    assert suspend_organization(organization_id=customer.id, by=staff.pk, reason="Test")


def resume(customer: Customer, staff: User) -> None:
    assert resume_organization(organization_id=customer.id, by=staff.pk, reason="Test")


def have_deleted(customer: Customer, project: Project) -> None:
    with tenant(customer.id):
        schedule_project(project=project, by=customer.actor, now=timezone.now())


def keep(customer: Customer, project: Project) -> None:
    with tenant(customer.id):
        assert take_back_project(project=project, by=customer.actor, now=timezone.now())


async def test_socket_is_closed_within_seconds_and_let_in_again_after(
    site: Site, shop: Project, organization: Customer
) -> None:
    staff = await in_thread(new_staff)
    async with Visitor.at(site.daphne, shop.public_key) as visitor:
        await visitor.hello()
        await in_thread(suspend, organization, staff)
        await asyncio.sleep(FRESH_SECONDS + 0.2)
        await visitor.ask(QUESTION)
        assert await visitor.closed() == SUSPENDED
    async with Visitor.at(site.daphne, shop.public_key) as late:
        assert await late.closed() == SUSPENDED
    heard = await ask(site.daphne, shop.public_key, QUESTION)
    assert (heard.status, heard.problem["code"]) == (503, "unavailable")
    async with Visitor.at(site.daphne, shop.public_key, origin="https://elsewhere.example") as far:
        assert await far.closed() == 4403  # who may not ask is not told more
    await in_thread(resume, organization, staff)
    await in_thread(have_deleted, organization, shop)
    await asyncio.sleep(FRESH_SECONDS + 0.2)
    async with Visitor.at(site.daphne, shop.public_key) as late:
        assert await late.closed() == TO_BE_DELETED
    heard = await ask(site.daphne, shop.public_key, QUESTION)
    assert (heard.status, heard.problem["code"]) == (410, "gone")
    await in_thread(keep, organization, shop)
    await asyncio.sleep(FRESH_SECONDS + 0.2)
    async with Visitor.at(site.daphne, shop.public_key) as back:
        await back.hello()


async def test_silent_socket_is_closed_within_seconds(
    site: Site, shop: Project, organization: Customer
) -> None:
    staff = await in_thread(new_staff)
    async with Visitor.at(site.daphne, shop.public_key) as visitor:
        await visitor.hello()
        await in_thread(suspend, organization, staff)
        assert await asyncio.wait_for(visitor.closed(), 60) == SUSPENDED
    await in_thread(resume, organization, staff)


def test_program_with_a_key_is_refused(organization: Customer, project: Project) -> None:
    api = new_program(organization)
    assert api("GET", "projects/").status_code == 200
    suspend(organization, new_staff())
    for method, path, body in (
        ("GET", "projects/", None),
        ("GET", f"projects/{project.pk}/", None),
        ("PATCH", f"projects/{project.pk}/", {"name": "Free"}),
    ):
        answer = api(method, path, body)
        assert (answer.status_code, "suspended" in answer.json()["detail"]) == (403, True)


def test_full_page_says_that_nobody_is_answered(organization: Customer, project: Project) -> None:
    path = reverse("public:page", args=[project.public_key])
    client = browser()
    suspend(organization, new_staff())
    answer = client.get(path)
    assert (answer.status_code, b"answers nobody" in answer.content) == (503, True)


@pytest.mark.parametrize("is_lifted", [False, True])
def test_door_tells_whether_it_is_suspended(
    organization: Customer, project: Project, is_lifted: bool
) -> None:
    staff = new_staff()
    suspend(organization, staff)
    if is_lifted:
        resume(organization, staff)
    door = find_door(project.public_key)
    assert door is not None
    assert door.is_suspended is not is_lifted


def test_full_page_and_program_of_a_project_that_is_to_be_deleted(
    organization: Customer, project: Project
) -> None:
    have_deleted(organization, project)
    answer = browser().get(reverse("public:page", args=[project.public_key]))
    assert (answer.status_code, b"closed by its owner" in answer.content) == (410, True)
    asked = new_program(organization)("POST", f"projects/{project.pk}/chat/", {"message": QUESTION})
    assert (asked.status_code, asked.json()["code"]) == (409, "to_be_deleted")
