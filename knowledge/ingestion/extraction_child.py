"""Reads one file in a process of its own, because files are made by strangers.

Run as ``python -m knowledge.ingestion.extraction_child READING TOLD PARENT`` with the file as
standard input. READING is "file", with the ending of its name as TOLD, or "page", with what its
server called its type; PARENT is the process id of the worker. Writes JSON to standard output:
the text, or why there is none. It knows neither the file's name nor whose it is, holds no key, and
has no Django in it.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import resource
import signal
import sys
import traceback
from pathlib import PurePath

from knowledge.ingestion.extractors import extract, extract_page
from knowledge.ingestion.replies import OUT_OF_MEMORY, Reading
from knowledge.ingestion.texts import ExtractedText, Unreadable

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 60
_GRACE_SECONDS = 5
_FILE_BYTES = 1024 * 1024  # of a compiled module of Python's, say
_OPEN_FILES = 64
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Read standard input within the limits, and write the reply."""
    reading, told, parent = sys.argv[1:]
    _die_with(parent=int(parent))
    limit_resources()
    # A process this short leaves no garbage worth looking for among a million sections.
    gc.disable()
    sys.stdout.buffer.write(_reply(Reading(reading), told))


def _reply(reading: Reading, told: str) -> bytes:
    try:
        return _as_json(_read(reading, told))
    except MemoryError:
        return _as_json({"fault": OUT_OF_MEMORY})


def _read(reading: Reading, told: str) -> dict[str, object]:
    data = sys.stdin.buffer.read()
    try:
        if reading is Reading.PAGE:
            return _described(extract_page(data, content_type=told))
        return _described(extract(data, suffix=told))
    except Unreadable as refusal:
        return {"code": refusal.code, "sentence": refusal.sentence}
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the parent logs it and calls the file damaged
        return {"fault": _place_of(error)}


def _described(text: ExtractedText) -> dict[str, object]:
    sections = [[section.text, section.page, section.heading] for section in text.sections]
    return {"title": text.title, "page_count": text.page_count, "sections": sections}


def _as_json(reply: dict[str, object]) -> bytes:
    return json.dumps(reply, ensure_ascii=False, separators=(",", ":")).encode()


def _place_of(error: Exception) -> str:
    """Return kind and place of an error, without its message, which may quote the file."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {PurePath(last.filename).name}:{last.lineno}"


def _die_with(*, parent: int) -> None:
    """Have Linux end this process when the worker is killed; elsewhere its CPU limit does."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("The worker has gone.")


def limit_resources() -> None:
    """Lower what this process may use; nothing can raise it again."""
    _set_limit(resource.RLIMIT_CPU, CPU_SECONDS, CPU_SECONDS + _GRACE_SECONDS)
    _set_limit(resource.RLIMIT_FSIZE, _FILE_BYTES, _FILE_BYTES)
    _set_limit(resource.RLIMIT_NOFILE, _OPEN_FILES, _OPEN_FILES)
    _set_limit(resource.RLIMIT_CORE, 0, 0)
    if sys.platform != "darwin":  # which refuses a limit on address space
        _set_limit(resource.RLIMIT_AS, MEMORY_BYTES, MEMORY_BYTES)


def _set_limit(what: int, soft: int, hard: int) -> None:
    """Lower a limit; one that is lower already stays."""
    _, highest = resource.getrlimit(what)
    if highest != resource.RLIM_INFINITY:
        soft, hard = min(soft, highest), min(hard, highest)
    resource.setrlimit(what, (soft, hard))


if __name__ == "__main__":
    main()
