"""When a visitor was last there: written down now and then while a socket is open, and at its end.

A process that dies forgets the last minutes, so it is written so often that nobody who is there
can be taken for gone.
"""

import logging
from typing import Final
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from askorac.tenancy.context import in_context
from askorac.tenancy.signing import Context
from askorac.web.logs import LogEvent, log

from .models import Conversation

EVERY_SECONDS: Final = 300.0


async def note_presence(context: Context) -> None:
    """The visitor of this context's conversation is there, now. One that nothing was asked in has
    no row, and is not written down."""
    conversation_id = context.conversation_id
    if conversation_id is None:
        return
    try:
        await in_context(context, _note, conversation_id)
    except (OperationalError, InterfaceError) as error:
        log(LogEvent.ROW_UNREACHABLE, level=logging.WARNING, broken=error)


def _note(conversation_id: UUID) -> None:
    Conversation.objects.filter(pk=conversation_id).update(seen_at=timezone.now())
