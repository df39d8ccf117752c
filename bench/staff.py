"""The pages of our own staff over an installation with ten thousand organizations."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from bench.figures import STAFF, Detail, Figure, Measured
from bench.loading import copy_rows, settle, superuser
from bench.visiting import Tell, addresses, details_of, visit

if TYPE_CHECKING:
    from django.db.models import Model

    from bench.product import Product

DAYS: Final = 365


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many there are in the whole installation; `rows` of each of what fills by itself."""

    organizations: int = 10_000
    users: int = 20_000
    rows: int = 100_000


def measure(product: Product, *, tell: Tell, sizes: Sizes | None = None) -> Measured:
    """The slowest of all pages that our staff can open, searches and filters among them."""
    from askorac.testing.pages import browser, new_staff

    began = time.monotonic()
    organizations = load(product.superuser_url(), sizes or Sizes())
    loaded = Detail("staff: loading organizations", time.monotonic() - began, "s")
    client = browser(new_staff(), method="mfa")
    cookies = {name: each.value for name, each in client.cookies.items()}
    paths = list(staff_pages(organizations[len(organizations) // 2]))
    pages = asyncio.run(visit(product.url, cookies, paths, tell=tell))
    slowest = max(page.seconds for page in pages)
    return Measured((Figure(STAFF, 1e3 * slowest),), (loaded, *details_of("staff", pages)))


def staff_pages(organization_id: UUID) -> Iterator[str]:
    """Each list, each list searched for an organization, one row of each, and the other pages."""
    from django.contrib import admin
    from django.urls import reverse

    from askorac.tenancy.router import STAFF as LOGIN

    yield from addresses("admin/", {"organization_id": organization_id})
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield f"{reverse(f'{name}_changelist')}?q={organization_id}"
        row = model._default_manager.using(LOGIN).values_list("pk", flat=True).first()
        if row is not None:
            yield reverse(f"{name}_change", args=[row])


def load(superuser_url: str, sizes: Sizes) -> list[UUID]:
    """Organizations with what they fill over a year; returns their ids, the oldest first."""
    from django.utils import timezone

    now = timezone.now()
    organizations = [uuid4() for _ in range(sizes.organizations)]
    with superuser(superuser_url) as session:
        for model, rows in _tables(organizations, sizes, now).items():
            copy_rows(session, model, rows)
            settle(session, model)
    return organizations


def _tables(
    organizations: list[UUID], sizes: Sizes, now: datetime
) -> dict[type[Model], Iterator[dict[str, object]]]:
    from askorac.jobs.models import Job
    from conversations.models import Conversation, Turn, Usage
    from knowledge.models import Source
    from projects.models import AuditEvent, Member, Organization, Project, User

    users = [uuid4() for _ in range(sizes.users)]
    projects = [uuid4() for _ in range(sizes.users)]
    owned = list(zip(projects, cycle(organizations), strict=False))

    def at(number: int, count: int) -> datetime:
        return now - timedelta(days=DAYS) * (1 - number / count)

    def filled(**values: Any) -> Iterator[dict[str, object]]:
        """So many rows, of one project after the other; a value may be made by the row's time."""
        for number, (project_id, organization_id) in enumerate(islice(cycle(owned), sizes.rows)):
            row = {"id": uuid4(), "organization_id": organization_id, "project_id": project_id}
            moment = at(number, sizes.rows)
            yield row | {
                name: value(moment) if callable(value) else value for name, value in values.items()
            }

    def same(moment: datetime) -> datetime:
        return moment

    return {
        Organization: (
            {"id": id_, "name": f"Shop {number}", "created_at": at(number, len(organizations))}
            for number, id_ in enumerate(organizations)
        ),
        User: (
            {"id": id_, "email": f"{id_.hex}@shop.example", "created_at": at(number, len(users))}
            for number, id_ in enumerate(users)
        ),
        Member: (
            {"id": uuid4(), "organization_id": organization_id, "user_id": user_id}
            | {"role": "owner", "created_at": now}
            for user_id, organization_id in zip(users, cycle(organizations), strict=False)
        ),
        Project: (
            {"id": id_, "organization_id": organization_id, "name": f"Help desk {number}"}
            | {"public_key": f"pk_{id_.hex[:24]}", "created_at": at(number, len(owned))}
            for number, (id_, organization_id) in enumerate(owned)
        ),
        Job: filled(
            kind="ingest", target_id=lambda _: uuid4(), state="ready", due_at=same, created_at=same
        ),
        Source: filled(kind="text", name=b"sealed", size_bytes=1_000, created_at=same),
        Conversation: filled(
            visitor_id=lambda _: uuid4(), channel="widget", started_at=same, last_message_at=same
        ),
        Turn: filled(
            conversation_id=lambda _: uuid4(),
            client_id=lambda _: uuid4(),
            state="ready",
            started_at=same,
            finished_at=same,
        ),
        AuditEvent: filled(
            actor_kind="member", action="conversation.read", target_id=lambda _: uuid4(), at=same
        ),
        Usage: (
            {"id": uuid4(), "organization_id": organization_id, "shard": 0, "answers": 1}
            | {"month": date(now.year, month, 1)}
            for organization_id in organizations
            for month in range(1, 11)
        ),
    }
