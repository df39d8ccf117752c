"""What every adapter offers and every caller holds on to: requests, answers, faults."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

# What an answerer says, and says alone, when the passages do not hold the answer.
UNKNOWN: Final = "[[unknown]]"

FinishReason: TypeAlias = Literal["stop", "length", "filtered", "tool"]
Vectors: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tool:
    """Something that a model may ask to be done.

    ``parameters`` is the JSON Schema of its arguments, an object's, as JSON text. ``name`` has
    letters, digits, ``_`` and ``-`` only, 64 at most.
    """

    name: str
    description: str
    parameters: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What a model asks to be done, whole. ``arguments`` is JSON text of an object.

    It is a model's work: check it against the schema before anything is done. ``signature`` is
    opaque; the provider wants it back with the call.
    """

    id: str
    name: str
    arguments: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came of a call, told to the model as text."""

    call_id: str
    name: str
    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message of the prompt, as a language model is given it.

    An assistant's may hold ``calls``; the user's that follows it then holds their ``results``.
    """

    role: Literal["user", "assistant"]
    text: str
    calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage as the answerer sees it; ``n`` counts from 1 and is the number it is cited by."""

    n: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One question to an answerer, in both forms.

    ``instructions`` and ``messages`` are the whole prompt of a language model (the last message
    is the user's, with the passages fenced in it). ``question`` and ``evidence`` say the same in
    parts, for an answerer that quotes. ``max_output_tokens`` bounds the answer. ``tools`` are what
    a language model may ask for; one that only quotes does not look at them.
    """

    instructions: str
    messages: tuple[PromptMessage, ...]
    question: str
    evidence: tuple[Evidence, ...]
    max_output_tokens: int
    tools: tuple[Tool, ...] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """The end of an answer that was not cut short. Token counts are 0 where nobody counts.

    ``input_tokens`` counts all that was read, ``cached_input_tokens`` is what of it was cheaper
    for having been read before; ``output_tokens`` has the tokens that were thought, too. What it
    cost is known by the published prices if it ``is_at_vendor``, at the provider's own address.
    """

    finish_reason: FinishReason
    input_tokens: int
    output_tokens: int
    cached_input_tokens: int = 0
    is_at_vendor: bool = False


@dataclass(frozen=True, slots=True)
class AnsweredBy:
    """Comes before the first piece of an answer that another model gives than was asked."""

    provider: str
    model: str


Piece: TypeAlias = str | ToolCall | AnsweredBy | Completion


@dataclass(frozen=True, slots=True)
class EmbeddingSpace:
    """Where vectors can be compared: ``str(space)`` is ``provider/model/dimensions``."""

    provider: str
    model: str
    dimensions: int

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}/{self.dimensions}"

    @classmethod
    def parse(cls, text: str) -> EmbeddingSpace:
        """Read what ``str`` wrote (a model's name may hold slashes); else ValueError."""
        provider, _, rest = text.partition("/")
        model, _, dimensions = rest.rpartition("/")
        if not (provider and model and dimensions.isdecimal() and int(dimensions) > 0):
            raise ValueError(f"Not an embedding space: {text!r}")
        return cls(provider, model, int(dimensions))


class ChatModel(Protocol):
    """Answers questions. ``is_language_model`` is False for one that only quotes."""

    @property
    def provider(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def is_language_model(self) -> bool: ...

    def stream(self, request: ChatRequest) -> AsyncGenerator[Piece, None]:
        """Yield pieces of text as they arrive, the tool calls, then exactly one Completion.

        An answer without text and calls is none: ProviderUnavailable, unless it was filtered or
        had no room. Raises a ProviderFault, also after some text. Closing the generator
        (``aclose``) or cancelling its task stops the provider at once.
        """
        ...

    async def aclose(self) -> None:
        """Give back the connections; the model can't be used afterwards."""
        ...


class EmbeddingModel(Protocol):
    """Turns texts into vectors of one space.

    ``batch_size`` is how many texts one call of the provider takes. ``relevance_floor`` is the
    cosine under which a passage is not about the question.
    """

    @property
    def space(self) -> EmbeddingSpace: ...

    @property
    def batch_size(self) -> int: ...

    @property
    def relevance_floor(self) -> float: ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One L2-normalised float32 row for each text, in order: (len(texts), dimensions).

        Takes any number of texts. Raises a ProviderFault.
        """
        ...

    async def aclose(self) -> None:
        """Give back the connections; the model can't be used afterwards."""
        ...


class ProviderFault(Exception):
    """A provider did not do what was asked. ``sentence`` is for people, ``code`` for programs.

    Neither holds anything of the provider's own words, which may repeat a key or a text.
    """

    code: ClassVar[str] = "provider_fault"
    default_sentence: ClassVar[str] = "The provider did not answer."

    def __init__(self, sentence: str = "") -> None:
        self.sentence = sentence or self.default_sentence
        super().__init__(self.sentence)


class KeyRejected(ProviderFault):
    """There is no key, or the provider does not accept it (for this model)."""

    code = "key_rejected"
    default_sentence = "The provider did not accept the key. Check the key and what it may use."


class RateLimited(ProviderFault):
    """Too much was asked. ``retry_after`` is in seconds, None when the provider did not say."""

    code = "rate_limited"
    default_sentence = "The provider is taking no more requests for now. Try again in a minute."

    def __init__(self, sentence: str = "", retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class ProviderUnavailable(ProviderFault):
    """The provider failed, could not be reached, or broke off.

    ``is_down`` is False where the provider is well and only this answer came to nothing.
    """

    code = "provider_unavailable"
    default_sentence = "The provider could not be reached. Try again in a moment."

    def __init__(self, sentence: str = "", *, is_down: bool = True) -> None:
        super().__init__(sentence)
        self.is_down = is_down


class RequestRefused(ProviderFault):
    """The provider understood and will not do it; asking again changes nothing.

    ``is_set_up`` says what it is about: how we are set up, such as a model of that name, so that
    no request is taken; else it is about what this one asks.
    """

    code = "request_refused"
    default_sentence = "The provider refused this request. Check the name of the model."

    def __init__(self, sentence: str = "", *, is_set_up: bool = False) -> None:
        super().__init__(sentence)
        self.is_set_up = is_set_up
