"""What gives an organization away wherever it stands: its ids, its names, and a word of its own."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from conversations.models import Conversation
from conversations.visitors import Visitor, resume_token

from .asking import Answer
from .decoys import Side
from .doors import known_parameters

MOST_TOLD: Final = 3


def ids_of(side: Side) -> dict[str, UUID]:
    """The id of the side's row for each parameter that an address can have."""
    return {name: side.rows[model].pk for name, model in known_parameters().items()}


def names_of(side: Side) -> dict[str, str]:
    """All that names something of the side's: what a request may carry, by its name."""
    talk = side.rows[Conversation]
    assert isinstance(talk, Conversation)
    visitor = Visitor(talk.visitor_id, talk.pk, talk.channel, is_new=False)
    ids = {name: str(each) for name, each in ids_of(side).items()}
    return ids | {
        "visitor_id": str(talk.visitor_id),
        "user_id": str(side.owner.pk),
        "email": side.owner.email,
        "name": side.owner.name,
        "word": side.word,
        "token": resume_token(visitor, project_id=side.key("Project")),
    }


def signs_of(side: Side) -> frozenset[bytes]:
    """What stands in an answer that shows anything of the side's."""
    ids = {str(row.pk) for row in side.rows.values() if isinstance(row.pk, UUID)}
    return frozenset(each.encode() for each in {*ids, *names_of(side).values()})


def shown(answer: Answer, signs: frozenset[bytes]) -> list[str]:
    """The signs that an answer has, some of them if there are many."""
    told = answer.body + repr(sorted(answer.headers.items())).encode()
    return sorted(sign.decode() for sign in signs if sign in told)[:MOST_TOLD]


def filled(template: str, names: Mapping[str, str]) -> str:
    """The template with `{project_id}` and the like in it replaced."""
    for name, value in names.items():
        template = template.replace(f"{{{name}}}", value)
    return template
