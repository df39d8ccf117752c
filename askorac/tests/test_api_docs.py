"""The documentation of the API, read off its description."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from askorac.web.api.described import description
from askorac.web.api.docs.operations import Operation, groups_of

OPERATIONS = [
    operation
    for group in groups_of(description(), server="https://orac.example")
    for operation in group.operations
]


@pytest.fixture(scope="module")
def page() -> str:
    answer = Client(SERVER_NAME="localhost").get("/api/v1/docs/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_operation_is_on_the_page(page: str) -> None:
    for operation in OPERATIONS:
        assert f'<article class="operation" id="{operation.id}"' in page
        assert operation.words != ""


def test_every_problem_leads_somewhere_on_the_page(page: str) -> None:
    for code in ("invalid", "unauthenticated", "not_found", "conflict", "too_many_requests"):
        assert f'id="problem-{code}"' in page


def test_page_has_each_id_once_and_nothing_inline(page: str) -> None:
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert re.findall(r"<style|\bstyle=|\bon\w+=|<script(?![^>]*\bsrc=)", page) == []
    anchors = set(re.findall(r'href="#([^"]+)"', page))
    assert anchors <= set(ids)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_example_of_an_answer_is_one(operation: Operation) -> None:
    answers = description()["paths"][operation.path][operation.method.lower()]["responses"]
    for answer in operation.answers:
        for body in answer.bodies:
            if not body.example:
                continue
            schema: Any = answers[answer.status]["content"][body.media_type]["schema"]
            whole = {**schema, "components": description()["components"]}
            Draft202012Validator(whole).validate(json.loads(body.example))


def test_curl_says_what_is_needed() -> None:
    by_id = {operation.id: operation.curl for operation in OPERATIONS}
    assert by_id["create_project"] == (
        'curl -X POST "https://orac.example/api/v1/projects/" \\\n'
        '  -H "Authorization: Bearer $ORAC_KEY" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        '  -d \'{"name": "Help desk"}\''
    )
    assert by_id["read_source"].startswith(
        'curl "https://orac.example/api/v1/projects/$PROJECT_ID/sources/$SOURCE_ID/"'
    )
