"""Every frame that a client can say, by one whom what it names does not belong to: a visitor of the
same project, and one of another organization. Each is told the same as of what was made up.

A new frame has to be named here, with an id in each place that takes one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest
from django.core import signing
from django.utils import timezone

from askorac.tenancy.context import in_tenant, in_thread
from askorac.testing.people import Customer, new_project
from askorac.testing.sockets import Visitor, Web
from conversations import frames
from conversations.incoming import Asking
from conversations.models import Conversation, Message
from conversations.visitors import _SALT
from projects.lifecycle import set_allowed_domains
from projects.models import Project

from .conftest import QUESTION, Site

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Ids:
    """What a visitor's frames can name: a conversation, a question in it, and the answer."""

    resume: str
    question: str
    message: str


SAID: dict[type, Callable[[Ids], dict[str, Any]]] = {
    frames.Hello: lambda ids: {
        "type": "hello",
        "resume": ids.resume,
        "turn": ids.question,
        "at": 3,
    },
    Asking: lambda ids: {"type": "ask", "id": ids.question, "question": QUESTION},
    frames.Feedback: lambda ids: {"type": "feedback", "message": ids.message, "value": -1},
    frames.Stop: lambda _: {"type": "stop"},
    frames.Ping: lambda _: {"type": "ping"},
}


def made_up(project: Project) -> Ids:
    """Of nobody: a token in another hand, and ids that name nothing."""
    claim = [str(project.pk), str(uuid4()), str(uuid4()), "widget"]
    return Ids(signing.dumps(claim, key="another hand", salt=_SALT), str(uuid4()), str(uuid4()))


async def seen(web: Web, project: Project, said: dict[str, Any]) -> list[str]:
    """All that is told of one frame, without ids, and without what is another one each time."""
    async with Visitor.at(web, project.public_key) as visitor:
        if said["type"] != "hello":
            await visitor.hello()
        await visitor.connection.send(json.dumps(said))
        await visitor.say("ping")
        awaited = {"pong"} | ({"finished"} if said["type"] == "ask" else set())
        heard: list[dict[str, Any]] = []
        while not awaited <= {frame["type"] for frame in heard}:
            heard.append(await visitor.hear())
    told = [frame for frame in heard if frame["type"] not in {"pong", "token"}]
    for frame in told:
        frame.pop("resume", None)
        for citation in frame.get("items", []):
            citation.pop("url")  # it is signed
    return [_ID.sub("ID", json.dumps(frame)) for frame in told]


def record_of(conversation: str) -> list[tuple[str, str, int]]:
    rating = Conversation.objects.get(pk=UUID(conversation)).rating or 0
    lines = Message.objects.filter(conversation_id=UUID(conversation)).order_by("at")
    return [(line.speaker, line.text.open(), rating) for line in lines]


def _rivals_project(stranger: Customer) -> Project:
    return new_project(stranger)


def _allow(project: Project, stranger: Customer) -> None:
    domains, now = ["shop.example"], timezone.now()
    set_allowed_domains(project=project, domains=domains, by=stranger.actor, now=now)


def test_every_frame_is_tried() -> None:
    assert SAID.keys() == set(get_args(frames.Frame))


@pytest.mark.parametrize("whose", ["same project", "another organization"])
async def test_stranger_is_told_the_same_of_foreign_ids_as_of_none(
    site: Site, shop: Project, stranger: Customer, whose: str
) -> None:
    web, tried = site.daphne, shop
    if whose == "another organization":
        tried = await in_thread(_rivals_project, stranger)
        await in_tenant(stranger.id, _allow, tried, stranger)
    async with Visitor.at(web, shop.public_key) as victim:
        ready = await victim.hello()
        question = await victim.ask(QUESTION)
        message = (await victim.answer()).end["message"]
    resume = ready["resume"] if whose != "same project" else ready["resume"][:-1] + "_"
    theirs = Ids(resume, question, message)
    before = await in_tenant(shop.organization_id, record_of, ready["conversation"])
    for kind, say in SAID.items():
        told = await seen(web, tried, say(theirs))
        assert (kind, told) == (kind, await seen(web, tried, say(made_up(tried))))
    after = await in_tenant(shop.organization_id, record_of, ready["conversation"])
    assert (after, len(after)) == (before, 2)
