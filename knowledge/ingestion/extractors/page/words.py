"""The words of a page that are its main text, by the guess of a library."""

from __future__ import annotations

import logging
import signal
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from types import FrameType

from lxml.html import HtmlElement

_SPEAKING = ("trafilatura", "htmldate", "courlan", "justext")
_SECONDS = 15.0  # of the processor's time: on some pages the guess takes the square of their length


class _OutOfTime(BaseException):
    """The guess took too long. It is no Exception, so that the library cannot swallow it."""


def main_words(tree: HtmlElement) -> str:
    """Return the main text of a page, compact; "" where none is found. The tree stays as it is."""
    from trafilatura import extract  # it takes 0.2 s to load

    for name in _SPEAKING:  # what they would log quotes the page
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        with _within(_SECONDS):
            text = extract(deepcopy(tree), include_comments=False, include_tables=True)
    except _OutOfTime:
        return ""
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever a strange page does to it: then ours reads it whole
        return ""
    return compact(text or "")


def compact(text: str) -> str:
    """Return the letters and digits of ``text``: how it is set makes no difference."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(letter for letter in folded if letter.isalnum())


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Stop what is done inside after so many seconds; only a main thread can be stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _stop(number: int, frame: FrameType | None) -> None:
    raise _OutOfTime
