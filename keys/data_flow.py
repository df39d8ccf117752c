"""Where the data of a project flows, told from its real settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from keys.choices import Choice, choice_of, choices_of
from keys.choosing import Move, move_of, moves_of
from keys.clients import chat_name, space_by
from keys.models import OwnKeyService, ServiceKind
from keys.our_models import NAMES, our_address
from keys.places import place_of
from keys.providers.addresses import ADDRESSES
from keys.providers.base import EmbeddingSpace
from projects.models import Content, Keep, Project
from projects.retention.holds import is_held
from projects.retention.rules import Ruled, rules_of

NOWHERE: Final = "Nobody: it is refused"
HERE: Final = "This server"
THEIR_ACCOUNT: Final = "your account"
OUR_ACCOUNT: Final = "AskOrac's account"
EMBEDS: Final = "The text of the documents, and each question that is asked."
EMBEDS_ANEW: Final = "The text of the documents; and once all are there, each question."
ANSWERS: Final = (
    "The question, the turns before it, the passages that were found, the address of the page and "
    "what the site says beside it."
)
QUOTES: Final = "The question and the passages; they are quoted, not rewritten."
_SENT: Final = {EMBEDS: "documents and questions", EMBEDS_ANEW: "documents"}
HELD: Final = " A hold keeps all of it for now, whatever the rules say."
_KEY_SERVICES: Final = {
    "local": "a folder of this installation",
    "openbao": "OpenBao or Vault",
    "vault": "OpenBao or Vault",
    "awskms": "AWS KMS",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """One place that data comes to. `account`, `host` and `place` are empty where nothing leaves;
    `sent` says in a few words what goes there."""

    title: str
    who: str
    account: str
    host: str
    sees: str
    keeps: str
    place: str = ""
    sent: str = ""

    @property
    def gives_vectors(self) -> bool:
        """Whether what comes back are vectors, and no answer."""
        return self.sees in _SENT

    @property
    def leaves(self) -> bool:
        """Whether it is at somebody else's."""
        return bool(self.host)


@dataclass(frozen=True, slots=True)
class Flow:
    """The stages of a question in their order. `is_held`: nothing leaves through our account.

    `host` is this server's, and `key_services` wrap the keys to what it keeps.
    """

    stages: tuple[Stage, ...]
    is_held: bool
    host: str
    key_services: str
    told_at: datetime

    @property
    def leaving(self) -> tuple[Stage, ...]:
        """What is at somebody else's."""
        return tuple(stage for stage in self.stages if stage.leaves)

    @property
    def staying(self) -> tuple[Stage, ...]:
        """What is done, or refused, on this server between the question and its record."""
        return tuple(stage for stage in self.stages[1:-1] if not stage.leaves)


def flow_of(project: Project, *, now: datetime) -> Flow:
    """The flow of a project as it is set up now; no key is opened, and no provider asked. In the
    organization's context."""
    choice = choice_of(project.organization_id, project.pk)
    rules, held = rules_of(project.pk), is_held(project.pk)
    services = _key_services()
    provided = _provided(project, choice, move_of(project))
    return Flow(
        stages=(_here(rules), *provided, _kept(services, rules, is_held=held)),
        is_held=choice.is_held,
        host=urlsplit(settings.PUBLIC_URL).netloc,
        key_services=services,
        told_at=now,
    )


def leaving_of(projects: Sequence[Project]) -> list[Stage]:
    """What is at somebody else's, of many projects of the open organization. Three statements."""
    choices = choices_of([each.pk for each in projects])
    moves = moves_of(projects, {pk: choice.embedding for pk, choice in choices.items()})
    found = [_provided(each, choices[each.pk], moves.get(each.pk)) for each in projects]
    return [stage for stages in found for stage in stages if stage.leaves]


def _provided(project: Project, choice: Choice, moving: Move | None) -> list[Stage]:
    """What models do: ours, the customer's, or those on this server."""
    stored = project.embedding_space
    space = EmbeddingSpace.parse(stored) if stored else space_by(choice)
    stages = [
        _provider(choice, "Passages are found", space.provider, space.model, EMBEDS),
        _provider(choice, "The answer is written", *_split(chat_name(choice)), ANSWERS),
    ]
    if choice.fallback:
        title = "If that can't be had, this answers"
        stages.append(_provider(choice, title, *_split(choice.fallback), ANSWERS))
    if moving:
        to = EmbeddingSpace.parse(moving.to)
        title = "The documents are being embedded anew"
        stages.append(_provider(choice, title, to.provider, to.model, EMBEDS_ANEW))
    return stages


def _here(rules: Mapping[Content, Ruled]) -> Stage:
    return Stage(
        title="The question arrives",
        who="AskOrac, on this server",
        account="",
        host="",
        sees="The question, the page it was asked on, and what the site sends along.",
        keeps=f"The conversation, sealed: {rules[Content.CONVERSATIONS].rule}. The visitor's id and"
        f" the page's address: {rules[Content.VISITORS].rule}. What the site sends along is not"
        " kept.",
    )


def _kept(key_services: str, rules: Mapping[Content, Ruled], *, is_held: bool) -> Stage:
    return Stage(
        title="What is kept",
        who="AskOrac, on this server",
        account="",
        host="",
        sees="Documents and their passages, the vectors of these, conversations, provider keys.",
        keeps="Texts, files, conversations and keys are sealed with AES-256-GCM under keys of"
        f" your organization, which are wrapped by {key_services}. Vectors are not sealed unless"
        f" your organization has chosen so. Original files stay {_staying(rules[Content.UPLOADS])},"
        " what was read from them until their source is removed, the audit trail"
        f" {_staying(rules[Content.AUDIT])}.{HELD if is_held else ''}",
    )


def _staying(ruled: Ruled) -> str:
    """“stay until it is deleted”, “stay for 90 days”."""
    return f"for {ruled.rule}" if ruled.rule.keep == Keep.DAYS else str(ruled.rule)


def _provider(choice: Choice, title: str, provider: str, model: str, sees: str) -> Stage:
    sent = _SENT.get(sees, "question and passages")
    if provider == "local":
        said = QUOTES if sees is ANSWERS else sees
        return Stage(title, f"{HERE}, by {model}", "", "", said, "Nothing beyond what is below.")
    own = choice.key_for(provider)
    if own is None and choice.is_held:
        return Stage(
            title, NOWHERE, "", "", "Nothing: there is no key of yours for it.", "Nothing."
        )
    address = own.base_url or ADDRESSES[provider] if own else our_address(provider)
    account = f"{THEIR_ACCOUNT} (“{own.label}”)" if own else OUR_ACCOUNT
    keeps = "What your agreement with the provider says." if own else "What ours with it says."
    return Stage(
        title=title,
        who=f"{_name(provider, address)}, by {model}",
        account=account,
        host=urlsplit(address).netloc,
        sees=sees,
        keeps=keeps,
        place=place_of(address),
        sent=sent,
    )


def _name(provider: str, address: str) -> str:
    """A server that only speaks OpenAI's format is not called by OpenAI's name."""
    if provider == "openai" and "openai" not in (urlsplit(address).hostname or ""):
        return "A server of OpenAI's format"
    return NAMES.get(provider, provider)


def _key_services() -> str:
    scheme = settings.KMS_URL.partition("://")[0].partition("+")[0]
    ours = _KEY_SERVICES.get(scheme, "this installation's key service")
    own = OwnKeyService.objects.filter(left_at=None).first()
    return f"{ours}, and by your own {ServiceKind(own.kind).label}" if own else ours


def _split(name: str) -> tuple[str, str]:
    provider, _, model = name.partition("/")
    return provider, model
