"""The closed catalogue of what is logged: ids and numbers, never text, addresses or keys."""

import json
import logging
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from .redacting import redacted

_logger = logging.getLogger("askorac")


class LogEvent(StrEnum):
    """Everything that this product ever logs by itself."""

    JOB_LEASE_LOST = "job.lease_lost"
    JOB_BROKE = "job.broke"
    JOB_FAILED = "job.failed"
    JOB_ROW_UNREACHABLE = "job.row_unreachable"
    WAKE_UP_FAILED = "job.wake_up_failed"
    HEARTBEAT_UNREACHABLE = "job.heartbeat_unreachable"
    EXTRACTION_STOPPED = "extraction.stopped"
    EXTRACTION_FAILED = "extraction.failed"
    INDEX_BUILT = "index.built"
    INDEX_DROPPED = "index.dropped"
    INDEX_FAILED = "index.failed"
    TURN_BROKE = "turn.broke"
    TURN_LEASE_LOST = "turn.lease_lost"
    FLUSH_FAILED = "turn.flush_failed"
    REPLAY_UNREACHABLE = "turn.replay_unreachable"
    ROW_UNREACHABLE = "turn.row_unreachable"
    SOCKET_BROKE = "socket.broke"
    PROVIDER_FAULT = "provider.fault"
    KEYS_AWAY = "keys.away"
    SEAL_TAMPERED = "seal.tampered"
    STORAGE_AWAY = "storage.away"
    LIMITS_UNREACHABLE = "limits.unreachable"
    API_AWAY = "api.away"
    RESPONSE_BROKE = "web.response_broke"
    DATABASE_AWAY = "web.database_away"
    MAIL_NOT_SENT = "mail.not_sent"
    SIGN_IN_REFUSED = "sign_in.refused"
    REQUEST = "web.request"
    EVIDENCE_BROKE = "evidence.broke"
    DRAINING = "web.draining"


class Name(str):
    """A word of our own code, such as a route's name: never one that anybody else has written."""

    __slots__ = ()


Field = UUID | int | float | StrEnum | Name | None


def log(
    event: LogEvent,
    *,
    level: int = logging.INFO,
    broken: BaseException | None = None,
    **fields: Field,
) -> None:
    """Write one line `event key=value …`.

    `broken` adds where an unexpected exception was raised: types, files and line numbers, without
    its message, which could quote a document.
    """
    if broken is not None:
        fields["broken"] = Name(where(broken))
    words = [event.value, *(f"{name}={value}" for name, value in fields.items())]
    _logger.log(level, " ".join(words), extra={"told": {"event": event.value, **fields}})


class Line(logging.Formatter):
    """Formats what anybody logs, libraries too: of an exception only where it was raised.

    Its message may quote a row of the database, and with it a document or a question. Of a
    request, what Django logs by itself names the address, which may hold a key to a login.
    """

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(_without_words(record)))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        return where(ei[1])


class JsonLine(Line):
    """The same as one JSON object a line, for programs that collect logs."""

    def format(self, record: logging.LogRecord) -> str:
        record = _without_words(record)
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            **getattr(record, "told", {"message": record.getMessage()}),
        }
        if record.exc_info:
            line["broken"] = self.formatException(record.exc_info)
        return redacted(json.dumps(line, default=str, ensure_ascii=False))


def _without_words(record: logging.LogRecord) -> logging.LogRecord:
    """The record without an address, and with the place of an exception that it would quote."""
    status = getattr(record, "status_code", None)
    told = logging.makeLogRecord(record.__dict__)
    if status is not None and record.name.startswith("django."):
        told.msg, told.args = f"answered with {status}", None
    elif isinstance(record.args, tuple):
        told.args = tuple(
            where(each) if isinstance(each, BaseException) else each for each in record.args
        )
    return told


def where(error: BaseException) -> str:
    """Type and innermost frames of an exception, without its message."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(error).__name__}@{'<'.join(reversed(frames[-4:]))}"
