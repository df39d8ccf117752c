"""The API as it describes itself, on the real product: tried by schemathesis all over, and used by
a client that was generated from the description."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import httpx
import pytest

from askorac.testing.people import new_customer
from askorac.testing.product import Product
from askorac.testing.programs import new_program
from askorac.testing.sockets import Web, running_web

from .test_doors import ids_of

pytestmark = pytest.mark.long

SEED = 20261124
MOST_EXAMPLES = 2
# They ask with the body or the parameters of another operation, of which every border is tried
# there; here some examples do.
ALIKE = (
    "change_project_retention",
    "preview_retention",
    "export_audit_events",
    "export_conversations",
    "export_visitors",
    "check_key_service",
)
EXAMPLES_OF_ALIKE = 10
# Operations that end what the others are about. They are tried with ids of their own making.
ENDING = ("delete_project", "delete_source", "revoke_api_key", "revoke_provider_key")
WAIT_SECONDS = 60.0
# Else most writes would only be told that their key was used with another body.
HOOKS = """
from uuid import uuid4
import schemathesis

@schemathesis.hook
def before_call(context, case, kwargs):
    if case.headers and case.headers.get("Idempotency-Key"):
        case.headers["Idempotency-Key"] = f"{uuid4()}{case.headers['Idempotency-Key']}"
"""
TEXT = "Parcels may be returned within thirty days. The harbour office takes them back."
PACKAGE = "generated_orac_client"
# Archives are bytes, which the generator knows under this name alone.
CONFIGURATION = """
post_hooks: []
content_type_overrides:
  application/zip: application/octet-stream
"""


def tool(name: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program of the environment."""
    command = [str(Path(sys.executable).with_name(name)), *arguments]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(folder)}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@dataclass(frozen=True)
class Generated:
    """A client, with its functions and shapes by name."""

    client: Any

    def call(self, path: str, **arguments: Any) -> Any:
        """`sources.create_source(…)`: what it answers, as the client parses it."""
        return self.module(f"api.{path}").sync(client=self.client, **arguments)

    def shape(self, module: str, name: str) -> Any:
        return getattr(self.module(f"models.{module}"), name)

    @staticmethod
    def module(name: str) -> ModuleType:
        return importlib.import_module(f"{PACKAGE}.{name}")


@pytest.fixture
def generated(
    product: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Generated]:
    """A client for the product, made of its description, with a key of a fresh organization."""
    document = httpx.get(f"{product.url}/api/v1/schema/", timeout=60).text
    (tmp_path / "schema.json").write_text(document)
    (tmp_path / "configuration.yml").write_text(CONFIGURATION)
    made = tool(
        "openapi-python-client",
        "generate",
        "--path=schema.json",
        "--config=configuration.yml",
        f"--output-path={PACKAGE}",
        "--meta=none",
        "--fail-on-warning",
        folder=tmp_path,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    monkeypatch.syspath_prepend(str(tmp_path))
    key = new_program(new_customer()).key
    client = Generated.module("client").AuthenticatedClient(
        base_url=product.url, token=key, raise_on_unexpected_status=True, timeout=httpx.Timeout(60)
    )
    with client:
        yield Generated(client)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    """A web process alone: nothing that schemathesis asks for is done afterwards."""
    with running_web(tmp_path, "uvicorn") as running:
        yield running


def test_api_is_as_it_is_described(web: Web, tmp_path: Path) -> None:
    """No answer of 500, and none that the description does not name.

    There is a row of everything that an address names, so that most requests reach something.
    """
    customer = new_customer()
    ids, key = ids_of(customer), new_program(customer).key
    parameters = "".join(f'"path.{name}" = "{value}"\n' for name, value in ids.items())
    (tmp_path / "schemathesis.toml").write_text(
        # Other methods are tried in test_doors_api.
        '[phases.coverage]\nunexpected-methods = ["PUT"]\n'
        f"[[operations]]\nexclude-operation-id = {list(ENDING)}\n"
        f"[operations.parameters]\n{parameters}"
        f"[[operations]]\ninclude-operation-id = {list(ALIKE)}\n"
        "phases.coverage.enabled = false\n"
        f"phases.fuzzing.generation.max-examples = {EXAMPLES_OF_ALIKE}\n"
    )
    (tmp_path / "hooks.py").write_text(HOOKS)
    done = tool(
        "schemathesis",
        "--config-file=schemathesis.toml",
        "run",
        f"http://127.0.0.1:{web.port}/api/v1/schema/",
        f"--header=Authorization: Bearer {key}",
        f"--seed={SEED}",
        f"--max-examples={MOST_EXAMPLES}",
        "--checks=all",
        # An address that is never fetched, and a cursor of nobody, can't be told by a schema; and
        # an answer that is repeated may name what was removed since. The key is sent with every
        # request, those included that are meant to lack it: test_doors_api knocks without one.
        "--exclude-checks=positive_data_acceptance,ensure_resource_availability,"
        "missing_required_header",
        "--continue-on-failure",
        "--generation-database=none",
        "--request-timeout=60",
        "--no-color",
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_generated_client_uploads_asks_and_reads(generated: Generated) -> None:
    new_project = generated.shape("new_project", "NewProject")(name="Help desk")
    project: UUID = generated.call("projects.create_project", body=new_project).id
    file = generated.module("types").File(
        payload=BytesIO(TEXT.encode()),
        file_name="parcels.txt",
        mime_type="text/plain",
    )
    upload = generated.shape("new_file", "NewFile")(file=file, external_id="article-17")
    source = generated.call(
        "sources.create_source", project_id=project, body=upload, idempotency_key="upload-1"
    )
    again = generated.call(
        "sources.create_source", project_id=project, body=upload, idempotency_key="upload-1"
    )
    assert (again.id, again.name) == (source.id, "parcels.txt")
    until = time.monotonic() + WAIT_SECONDS
    while (
        read := generated.call("sources.read_source", project_id=project, source_id=source.id)
    ).state != "ready":
        assert time.monotonic() < until
        time.sleep(0.2)
    query = generated.shape("search_body", "SearchBody")(query="Until when are parcels returned?")
    passage = generated.call("search.search", project_id=project, body=query).passages[0]
    assert (passage.external_id, passage.source_id) == ("article-17", source.id)
    question = generated.shape("question_body", "QuestionBody")(message=query.query)
    answer = generated.call("chat.ask", project_id=project, body=question)
    assert (answer.answered, answer.sources[0].title) == (True, "parcels")
    transcript = generated.call(
        "conversations.get_conversation",
        project_id=project,
        conversation_id=answer.conversation_id,
    )
    assert [message.text for message in transcript.messages] == [query.query, answer.text]
    document = generated.call(
        "documents.read_document", project_id=project, document_id=passage.document_id
    )
    assert (read.chunk_count, document.text) == (1, TEXT)
    refused = generated.call("projects.read_project", project_id=source.id)
    assert (refused.status, refused.code) == (404, "not_found")
