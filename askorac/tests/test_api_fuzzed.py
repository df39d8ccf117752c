"""schemathesis against the whole description, over HTTP, on a server with a real database."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from askorac.testing.people import Customer, new_customer, new_project
from askorac.testing.programs import new_program
from askorac.testing.sockets import Web, running_web

SEED = 20261124
MOST_EXAMPLES = 6
# Operations that end what the others are about. They are tried with ids of their own making.
ENDING = ("delete_project", "delete_source", "revoke_api_key")


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with running_web(
        tmp_path_factory.mktemp("web"),
        API_KEY_REQUESTS_A_MINUTE="100000",
        API_ORGANIZATION_REQUESTS_A_MINUTE="100000",
    ) as running:
        yield running


def known_ids(customer: Customer) -> dict[str, str]:
    """Something real for each parameter of an address, so that most requests reach something."""
    from django.utils import timezone

    from askorac.jobs.models import Job
    from askorac.jobs.tasks import run_job
    from askorac.tenancy.context import tenant
    from knowledge.models import Document
    from knowledge.sources import add_text
    from projects.models import ApiKey

    project = new_project(customer)
    with tenant(customer.id):
        source = add_text(
            project=project,
            title="Parcels",
            text="Parcels may be returned within thirty days.",
            by=customer.actor,
            now=timezone.now(),
        )
        job = Job.objects.get(target_id=source.pk)
    run_job(str(customer.id), str(job.pk))
    with tenant(customer.id):
        return {
            "project_id": str(project.pk),
            "source_id": str(source.pk),
            "document_id": str(Document.objects.get().pk),
            "api_key_id": str(ApiKey.objects.get().pk),
        }


def test_api_as_it_is_described(web: Web, tmp_path: Path) -> None:
    customer = new_customer()
    key = new_program(customer).key
    ids = known_ids(customer)
    parameters = "".join(f'"path.{name}" = "{value}"\n' for name, value in ids.items())
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(
        f"[[operations]]\nexclude-operation-id = {list(ENDING)}\n"
        f"[operations.parameters]\n{parameters}"
    )
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            f"--config-file={configuration}",
            "run",
            f"http://127.0.0.1:{web.port}/api/v1/schema/",
            f"--url=http://127.0.0.1:{web.port}",
            f"--header=Authorization: Bearer {key}",
            f"--seed={SEED}",
            f"--max-examples={MOST_EXAMPLES}",
            "--checks=all",
            # An address that is never fetched, and a cursor of nobody, can't be told by a schema.
            "--exclude-checks=positive_data_acceptance",
            "--continue-on-failure",
            "--generation-database=none",
            "--no-color",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
