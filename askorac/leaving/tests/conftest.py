"""An organization that leaves: a project with everything, and the archive of it. Made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from askorac.testing.people import Customer, new_customer, new_project

if TYPE_CHECKING:
    from projects.models import Project


@pytest.fixture(scope="session")
def left() -> Customer:
    return new_customer()


@pytest.fixture(scope="session")
def full(left: Customer) -> Project:
    from askorac.tenancy.context import tenant
    from conversations.tests.conversing import converse, exchange
    from projects.models import Project

    from .exporting import QUESTIONS, fill_project

    project = new_project(left)
    fill_project(left, project)
    with tenant(left.id):
        row = Project.objects.filter(pk=project.pk)
        row.update(answer_floor=0.2, allowed_domains=["a.example"])
        exchange(project, converse(project), QUESTIONS[0], "Within thirty days [1].")
        project.refresh_from_db()
    return project


@pytest.fixture(scope="session")
def archive(left: Customer, full: Project) -> bytes:
    from .exporting import archive_of, make_export

    return archive_of(left, make_export(left))
