"""Step one: a file becomes text, in a child process that may fail without harm."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePath

from askorac.web.logs import LogEvent, log
from knowledge.ingestion.bounded import Ended, OutOfBounds, OutOfTime, run_bounded
from knowledge.ingestion.extractors.titles import LONGEST_TITLE, usable_title
from knowledge.ingestion.replies import OUT_OF_MEMORY, Fault, Malformed, Reading, parse_reply
from knowledge.ingestion.texts import ExtractedText, Unreadable

_MEGABYTE = 1_000_000
MAX_BYTES = 50 * _MEGABYTE
_LONGEST_TOLD = 300
WALL_SECONDS = 60.0
MAX_REPLY_BYTES = 64 * 1024 * 1024
_CHILD = "knowledge.ingestion.extraction_child"
_ROOT = Path(__file__).resolve().parents[2]
# Neither keys nor addresses; the library path is what some builds of Python need to start.
_PASSED_ON = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# How a process ends that is denied memory: by the system's hand, or by its own allocator's.
_STARVED = (signal.SIGKILL, signal.SIGABRT, signal.SIGTRAP, signal.SIGILL)


class ExtractionBroken(Exception):
    """The child could not do its work: that is the installation's fault, not the file's."""


def extract_file(
    parts: Iterable[bytes], *, filename: str, wall_seconds: float = WALL_SECONDS
) -> ExtractedText:
    """Return the text of the file that ``parts`` make up, which its owner calls ``filename``.

    It takes at most ``wall_seconds``, 1 GiB of memory and 50 MB of file, and goes to the child
    through a pipe: what is sealed in the store lies on no disk in clear. Raises Unreadable, with
    any of its codes, and ExtractionBroken when the child cannot be run.
    """
    text = _read(parts, Reading.FILE, PurePath(filename).suffix, wall_seconds)
    return text if text.title else replace(text, title=_title_from(filename))


def extract_page(
    body: bytes, *, content_type: str, wall_seconds: float = WALL_SECONDS
) -> ExtractedText:
    """Return the text of what a web address gave: of a page the main text.

    ``content_type`` is the header that came with it, or "". The title is "" if it names none.
    Limits and errors are those of ``extract_file``.
    """
    return _read((body,), Reading.PAGE, content_type, wall_seconds)


def _read(
    parts: Iterable[bytes], reading: Reading, told: str, wall_seconds: float
) -> ExtractedText:
    parts = _within_bounds(parts)
    return text_in(_run_child(parts, reading, told.replace("\0", ""), wall_seconds))


def _within_bounds(parts: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for part in parts:
        size += len(part)
        if size > MAX_BYTES:
            raise Unreadable(
                "oversized",
                f"This file has more than {MAX_BYTES // _MEGABYTE} MB, which is the most that can "
                "be read. Split it into parts, and upload those.",
            )
        yield part


def _run_child(parts: Iterable[bytes], reading: Reading, told: str, wall_seconds: float) -> Ended:
    # The flags keep Python from reading its environment and the user's own packages.
    command = [sys.executable, "-E", "-s", "-m", _CHILD, reading.value, told[:_LONGEST_TOLD]]
    command.append(str(os.getpid()))
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    try:
        return run_bounded(
            command,
            parts=parts,
            folder=_ROOT,
            environment={**environment, "LC_ALL": "C.UTF-8"},
            wall_seconds=wall_seconds,
            most_bytes=MAX_REPLY_BYTES,
        )
    except OutOfTime:
        raise _slow() from None
    except OutOfBounds:
        raise Unreadable(
            "oversized",
            "This file holds more text than can be read at once. Split it into parts, and upload "
            "those.",
        ) from None


def text_in(ended: Ended) -> ExtractedText:
    """Return what the child read. Raises Unreadable, by its word or by the way it ended.

    Raises ExtractionBroken when it ended by itself, but not well.
    """
    if ended.returncode > 0:
        raise ExtractionBroken(f"The extraction child ended with code {ended.returncode}.")
    if ended.returncode < 0:
        raise _stopped(-ended.returncode)
    try:
        reply = parse_reply(ended.output)
    except Malformed:
        reply = Fault(place="reply")
    if isinstance(reply, ExtractedText):
        return reply
    raise reply if isinstance(reply, Unreadable) else _faulty(reply)


def _title_from(filename: str) -> str:
    stem = PurePath(filename).stem
    return (
        usable_title(stem.replace("_", " ")) or usable_title(filename) or filename[:LONGEST_TITLE]
    )


def _stopped(number: int) -> Unreadable:
    log(LogEvent.EXTRACTION_STOPPED, level=logging.WARNING, signal=number)
    if number == signal.SIGXCPU:
        return _slow()
    return _demanding() if number in _STARVED else _damaged()


def _faulty(fault: Fault) -> Unreadable:
    if fault.place == OUT_OF_MEMORY:
        return _demanding()
    log(LogEvent.EXTRACTION_FAILED, level=logging.WARNING)
    return _damaged()


def _slow() -> Unreadable:
    return Unreadable(
        "too_slow",
        "Reading this file took longer than a minute, and was stopped. Split it into parts, or "
        "save it anew in the program that it was made with, and upload that.",
    )


def _demanding() -> Unreadable:
    return Unreadable(
        "too_demanding",
        "Reading this file took more memory than there is for one file. Split it into parts, or "
        "save it anew in the program that it was made with, and upload that.",
    )


def _damaged() -> Unreadable:
    return Unreadable(
        "damaged",
        "This file is damaged, or made in a way that cannot be read. Open it in the program that "
        "it was made with, save it anew, and upload that.",
    )
