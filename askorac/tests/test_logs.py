"""What stands in the log of an exception: where it was raised, and nothing of what it says."""

import logging
import sys

from django.conf import settings

from askorac.web.logs import Line


def formatted(error: Exception) -> str:
    try:
        raise error
    except type(error):
        record = logging.LogRecord("a", logging.ERROR, "", 0, "broke", None, sys.exc_info())
    return Line("%(levelname)s %(message)s").format(record)


def test_exception_in_the_log_keeps_its_message_to_itself() -> None:
    lines = formatted(ValueError("Failing row contains (my question)")).splitlines()
    assert lines[0] == "ERROR broke"
    assert lines[1].startswith("ValueError@test_logs.py:")
    assert len(lines) == 2


def test_every_handler_formats_so() -> None:
    handlers = settings.LOGGING["handlers"].values()
    formatters = {settings.LOGGING["formatters"][each["formatter"]]["()"] for each in handlers}
    assert formatters == {"askorac.web.logs.Line"}
