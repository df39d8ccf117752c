"""Where the data of a project flows, told from its real settings."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from keys.choices import Choice, choice_of
from keys.clients import chat_name, space_for
from keys.our_models import NAMES, our_address
from keys.providers.addresses import ADDRESSES
from keys.providers.base import EmbeddingSpace
from projects.models import Project

NOWHERE: Final = "Nobody: it is refused"
HERE: Final = "This server"
THEIR_ACCOUNT: Final = "your account"
OUR_ACCOUNT: Final = "AskOrac's account"


@dataclass(frozen=True, slots=True)
class Stage:
    """One place that data comes to. `account` and `host` are empty where nothing leaves."""

    title: str
    who: str
    account: str
    host: str
    sees: str
    keeps: str

    @property
    def leaves(self) -> bool:
        """Whether it is at somebody else's."""
        return bool(self.host)


@dataclass(frozen=True, slots=True)
class Flow:
    """The stages of a question in their order. `is_held`: nothing leaves through our account."""

    stages: tuple[Stage, ...]
    is_held: bool


def flow_of(project: Project) -> Flow:
    """The flow of a project as it is set up now; no key is opened, and no provider asked."""
    choice = choice_of(project.organization_id, project.pk)
    stored = project.embedding_space
    space = EmbeddingSpace.parse(stored) if stored else space_for(project)
    stages = [
        _here(),
        _provider(choice, "Passages are found", space.provider, space.model, EMBEDS),
        _provider(choice, "The answer is written", *_split(chat_name(choice)), ANSWERS),
    ]
    if choice.fallback:
        title = "If that can't be had, this answers"
        stages.append(_provider(choice, title, *_split(choice.fallback), ANSWERS))
    return Flow((*stages, _kept()), choice.is_held)


EMBEDS: Final = "The text of the documents, and each question that is asked."
ANSWERS: Final = (
    "The question, the turns before it, the passages that were found, the address of the page and "
    "what the site says beside it."
)
QUOTES: Final = "The question and the passages; they are quoted, not rewritten."


def _here() -> Stage:
    return Stage(
        title="The question arrives",
        who="AskOrac",
        account="",
        host="",
        sees="The question, the page it was asked on, and what the site sends along.",
        keeps="The conversation, in the database, until it is deleted.",
    )


def _kept() -> Stage:
    return Stage(
        title="What is kept",
        who="AskOrac",
        account="",
        host="",
        sees="Documents, their passages and vectors, and conversations.",
        keeps="In the database and the file store. Provider keys lie sealed there with AES-256-GCM"
        " under the organization's data key, and are never shown.",
    )


def _provider(choice: Choice, title: str, provider: str, model: str, sees: str) -> Stage:
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
        who=f"{NAMES.get(provider, provider)}, by {model}",
        account=account,
        host=urlsplit(address).netloc,
        sees=sees,
        keeps=keeps,
    )


def _split(name: str) -> tuple[str, str]:
    provider, _, model = name.partition("/")
    return provider, model
