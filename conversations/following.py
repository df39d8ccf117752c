"""Turns that this process does not answer: another one does, or nobody any more."""

import asyncio
import logging
from typing import Final

import psycopg
from django.db import OperationalError
from django.utils import timezone

from askorac.sealing import KeyRevoked, KeysAway, keyrings
from askorac.tenancy.context import in_context
from askorac.web.logs import LogEvent, log

from . import turns
from .events import Token, failed
from .feeds import Feed
from .replay import Reader

SILENCE_SECONDS: Final = 0.5


async def fill(feed: Feed, record: turns.Record, reader: Reader) -> None:
    """Fill a feed with a turn that was asked already, to its end.

    As long as its stream in Redis tells, that is enough; each half second of silence the row is
    read. A turn whose process is gone is closed, as interrupted, with what was said. When the key
    is taken away, that is the end that is told.
    """
    _retell(feed, record)
    reader.follow(record.key, feed)
    try:
        while feed.end is None:
            known = len(feed.text)
            await asyncio.sleep(SILENCE_SECONDS)
            await keyrings.ready(record.key.organization_id)
            if feed.end is None and len(feed.text) == known:
                await _consult_row(feed, record.key)
    except (KeyRevoked, KeysAway) as fault:
        feed.tell(failed(fault.code))
    finally:
        reader.leave(record.key)


async def _consult_row(feed: Feed, key: turns.TurnKey) -> None:
    try:
        record = await turns.read(key)
        if record and record.has_lapsed:
            await _close(feed, key)
            record = await turns.read(key)
    except (psycopg.OperationalError, OperationalError) as error:
        log(LogEvent.ROW_UNREACHABLE, level=logging.WARNING, turn=key.turn_id, broken=error)
        return
    if record is None:
        feed.tell(failed(turns.INTERRUPTED))
    else:
        _retell(feed, record)


async def _close(feed: Feed, key: turns.TurnKey) -> None:
    await in_context(
        key.context,
        turns.close_lapsed,
        turn_id=key.turn_id,
        text=feed.text,
        now=timezone.now(),
    )


def _retell(feed: Feed, record: turns.Record) -> None:
    for event in record.events():
        if isinstance(event, Token):
            feed.tell_text(0, event.text)
        else:
            feed.tell(event)
