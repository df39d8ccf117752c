"""What stands in the log: events of the catalogue, and nothing of what anybody has written."""

import json
import logging
import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.conf import settings

from askorac.testing.pages import browser
from askorac.testing.people import Customer
from askorac.web.logs import JsonLine, Line, LogEvent, Name, log

SECRET = "Failing row contains (my question)"


class Kept(logging.Handler):
    """Records, for a formatter to be tried on."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def kept() -> Iterator[Kept]:
    handler, root = Kept(), logging.getLogger()
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)


def broken_record() -> logging.LogRecord:
    try:
        raise ValueError(SECRET)
    except ValueError:
        return logging.LogRecord("a", logging.ERROR, "", 0, "broke", None, sys.exc_info())


def test_exception_in_the_log_keeps_its_message_to_itself() -> None:
    lines = Line("%(levelname)s %(message)s").format(broken_record()).splitlines()
    assert lines[0] == "ERROR broke"
    assert lines[1].startswith("ValueError@test_logs.py:")
    assert len(lines) == 2


def test_exception_in_a_json_line_keeps_its_message_to_itself() -> None:
    told = json.loads(JsonLine().format(broken_record()))
    assert told.pop("broken").startswith("ValueError@test_logs.py:")
    told.pop("at")
    assert told == {"level": "error", "logger": "a", "message": "broke"}


def test_exception_that_a_library_quotes_keeps_its_message_to_itself() -> None:
    fault = ValueError(SECRET)
    record = logging.LogRecord("daphne", logging.ERROR, "", 0, "inside: %s", (fault,), None)
    assert Line("%(message)s").format(record) == "inside: ValueError@"
    assert json.loads(JsonLine().format(record))["message"] == "inside: ValueError@"


@pytest.mark.parametrize(
    "leak",
    [
        "sk-proj-Qv7Zk3Xw9Jp2Lm8Rt5Yb",
        "sk-ant-api03-Qv7Zk3Xw9Jp2Lm8",
        "AIzaSyQv7Zk3Xw9Jp2Lm8Rt5Yb1Nc6",
        "Bearer Qv7Zk3Xw9Jp2Lm8",
        "POST https://host/v1/models?key=Qv7Zk3Xw9Jp2Lm8&alt=sse",
        "{'x-goog-api-key': 'Qv7Zk3Xw9Jp2Lm8'}",
        "('x-api-key', 'Qv7Zk3Xw9Jp2Lm8')",
        "[(b'authorization', b'Bearer Qv7Zk3Xw9Jp2Lm8')]",
        "postgresql://orac_app:Qv7Zk3Xw9Jp2Lm8@host/db",
        "hvs.CAESIQv7Zk3Xw9Jp2Lm8Rt5Yb",
        "orac_sk_Qv7Zk3Xw9Jp2Lm8",
    ],
)
def test_key_that_a_library_logs_is_not_written(leak: str) -> None:
    record = logging.LogRecord("a", logging.INFO, "", 0, "sent %s", (leak,), None)
    lines = [Line("%(message)s").format(record), json.loads(JsonLine().format(record))["message"]]
    assert ["[hidden]" in line for line in lines] == [True, True]
    assert ["Qv7Zk3" in line for line in lines] == [False, False]


def test_what_is_no_key_is_written_as_it_is() -> None:
    text = "job.failed job=0b8f7c1e-2f43-4a52-9d0e-6a1c5d1f2b3c state=failed risk-based a.b.c"
    record = logging.LogRecord("a", logging.INFO, "", 0, text, None, None)
    assert Line("%(message)s").format(record) == text


def test_every_formatter_keeps_messages_of_exceptions() -> None:
    formatters = {each["()"] for each in settings.LOGGING["formatters"].values()}
    assert formatters == {"askorac.web.logs.Line", "askorac.web.logs.JsonLine"}
    used = {each["formatter"] for each in settings.LOGGING["handlers"].values()}
    assert used <= set(settings.LOGGING["formatters"])


def test_event_is_a_line_for_people_and_an_object_for_programs(kept: Kept) -> None:
    job = uuid4()
    log(LogEvent.JOB_FAILED, job=job, attempt=2, broken=KeyError(SECRET), kind=Name("a.b"))
    [record] = kept.records
    line = f"job.failed job={job} attempt=2 kind=a.b broken=KeyError@"
    assert Line("%(message)s").format(record) == line
    told = json.loads(JsonLine().format(record))
    told.pop("at")
    assert told == {
        "level": "info",
        "logger": "askorac",
        "event": "job.failed",
        "job": str(job),
        "attempt": 2,
        "kind": "a.b",
        "broken": "KeyError@",
    }


def test_request_is_logged_by_its_route_and_its_organization(
    kept: Kept, organization: Customer
) -> None:
    client = browser(organization.owner)
    client.get("/app/", {"q": "secret words"})
    client.get("/nowhere/secret-token/")
    client.get("/healthz")
    client.get("/static/css/base.css").close()
    client.generic("BREW", "/app/")
    told = [each.told for each in kept.records if getattr(each, "told", {}).get("event")]
    told = [each for each in told if each["event"] == LogEvent.REQUEST]
    seen = [(each["method"], each["route"], each["status"], each["organization"]) for each in told]
    assert seen == [
        ("GET", "projects:list", 200, organization.id),
        ("GET", "none", 404, None),
        ("other", "projects:list", 405, None),
    ]
    assert all(each["milliseconds"] > 0 for each in told)
    lines = [form.format(each) for form in (Line(), JsonLine()) for each in kept.records]
    assert [line for line in lines if "secret" in line] == []
