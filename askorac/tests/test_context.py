"""Opening, nesting and leaving a context, and what a second session can see of it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection, connections, transaction

from askorac.tenancy.context import (
    NestedTenant,
    NoTenant,
    TenantInsideTransaction,
    current,
    in_context,
    in_tenant,
    tenant,
)
from askorac.tenancy.signing import Context
from askorac.testing.people import Customer, new_customer, new_project
from projects.models import Organization, Project


def names() -> list[str]:
    return list(Project.objects.order_by("name").values_list("name", flat=True))


def test_tenant_sees_its_own_rows(organization: Customer, stranger: Customer) -> None:
    new_project(organization, "Ours")
    new_project(stranger, "Theirs")
    with tenant(organization.id):
        assert names() == ["Ours"]
    with tenant(stranger.id):
        assert names() == ["Theirs"]


@pytest.mark.parametrize(
    "touch",
    [
        lambda: list(Project.objects.all()),
        lambda: Project.objects.count(),
        lambda: Project.objects.filter(name="x").exists(),
        lambda: Project.objects.update(name="x"),
        lambda: Project.objects.all().delete(),
        lambda: Project.objects.create(name="x"),
        lambda: Project.objects.aggregate(),
        lambda: Project(name="x", organization_id=uuid4()).save(),
        lambda: Project(name="x", organization_id=uuid4()).delete(),
        lambda: Project.objects.bulk_create([Project(name="x")]),
        lambda: list(Project.objects.values_list("name").iterator()),
    ],
)
def test_query_outside_a_context(touch: object) -> None:
    with pytest.raises(NoTenant):
        touch()  # type: ignore[operator]


def test_lazy_queryset_evaluated_outside(organization: Customer) -> None:
    with tenant(organization.id):
        projects = Project.objects.all()
    with pytest.raises(NoTenant):
        list(projects)


def test_tenant_nested(organization: Customer, stranger: Customer) -> None:
    with tenant(organization.id):
        with tenant(organization.id):
            assert names() == []
        with pytest.raises(NestedTenant), tenant(stranger.id):
            pass
        with pytest.raises(NestedTenant), tenant(organization.id, project_id=uuid4()):
            pass
        assert current() == Context(organization.id)
    assert current() is None


def test_tenant_inside_a_plain_transaction(organization: Customer) -> None:
    with transaction.atomic(), pytest.raises(TenantInsideTransaction), tenant(organization.id):
        pass


def test_context_after_commit_and_after_rollback(organization: Customer) -> None:
    with tenant(organization.id):
        pass
    with pytest.raises(ZeroDivisionError), tenant(organization.id):
        _ = 1 / 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM projects_organization")
        assert cursor.fetchone() == (0,)
    assert current() is None


def test_expired_signature_sees_nothing(
    organization: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("askorac.tenancy.context.LIFETIME_SECONDS", -1)
    with tenant(organization.id):
        assert Organization.objects.count() == 0


def test_contexts_interleaved() -> None:
    """Many tasks, four organizations, eight threads: nobody sees another's."""
    customers = [new_customer(f"Firm{number}") for number in range(4)]
    for customer in customers:
        new_project(customer, str(customer.id))

    async def ask(customer: Customer) -> bool:
        return await in_tenant(customer.id, names) == [str(customer.id)]

    async def ask_often() -> list[bool]:
        return await asyncio.gather(*(ask(customers[number % 4]) for number in range(200)))

    assert asyncio.run(ask_often()) == [True] * 200


def test_context_narrowed(organization: Customer) -> None:
    mine = new_project(organization, "Mine")
    new_project(organization, "Other")
    narrow = Context(organization.id, mine.pk, uuid4())
    assert asyncio.run(in_context(narrow, names)) == ["Mine"]
    assert asyncio.run(in_tenant(organization.id, names)) == ["Mine", "Other"]


@pytest.mark.parametrize("alias", ["default", "accounts"])
def test_signature_in_pg_stat_activity(organization: Customer, alias: str) -> None:
    """A second session of the same role reads the statement, not the token in it."""
    with tenant(organization.id, using=alias), ThreadPoolExecutor(1) as other:
        seen = other.submit(running_statements, alias).result()
    assert any("set_config" in statement for statement in seen)
    assert not [statement for statement in seen if str(organization.id) in statement]


def running_statements(alias: str) -> list[str]:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT query FROM pg_stat_activity WHERE usename = session_user")
            return [row[0] for row in cursor.fetchall()]
    finally:
        connections[alias].close()


def test_binding_is_on_the_server() -> None:
    for database in settings.DATABASES.values():
        assert database["OPTIONS"]["server_side_binding"] is True


def test_organization_of_a_new_row(organization: Customer, project: Project) -> None:
    assert isinstance(project.organization_id, UUID)
    assert project.organization_id == organization.id
