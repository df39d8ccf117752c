"""Asking for a question's words, blind, over sixty thousand chunks."""

from __future__ import annotations

import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from itertools import product as combined
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from bench.figures import COMMON_WORDS, RARE_WORDS, Detail, Figure, Measured
from bench.loading import copy_rows, settle, superuser

if TYPE_CHECKING:
    from askorac.testing.people import Customer

LANGUAGE: Final = "en"
WARMING: Final = 5


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is loaded and asked; the tests take little. `common` words are the most usual of
    all `words`; a question has four. Of so many documents one has words of its own, and the
    others its words again."""

    documents: int = 200
    chunks: int = 300
    words_a_chunk: int = 100
    words: int = 5_000
    common: int = 10
    of_a_kind: int = 20
    questions: int = 60


def measure(superuser_url: str, sizes: Sizes | None = None) -> Measured:
    """The figures of looking up words: four usual ones, and four of which one is everywhere."""
    from askorac.testing.people import new_customer, new_project

    sizes = sizes or Sizes()
    customer = new_customer("Words")
    project_id = new_project(customer).pk
    words = _vocabulary(sizes.words)
    began = time.monotonic()
    _load(superuser_url, customer, project_id, words, sizes)
    loaded = time.monotonic() - began
    chance = random.Random(7)
    rare = [chance.sample(words[sizes.common :], 4) for _ in range(sizes.questions)]
    common = [[chance.choice(words[: sizes.common]), *each[1:]] for each in rare]
    return Measured(
        (
            Figure(RARE_WORDS, 1e3 * _asked(customer, project_id, rare)),
            Figure(COMMON_WORDS, 1e3 * _asked(customer, project_id, common)),
        ),
        (Detail("words: loading", loaded, "s"),),
    )


def _vocabulary(count: int) -> list[str]:
    """Words that no stemmer changes, the most usual first."""
    syllables = ["".join(pair) for pair in combined("bdfgklmnprtvz", "aou")]
    return ["".join(parts) + "k" for parts in islice(combined(syllables, repeat=3), count)]


def _load(
    url: str, customer: Customer, project_id: UUID, words: Sequence[str], sizes: Sizes
) -> None:
    from knowledge.models import Posting, Vocabulary

    owned = {"organization_id": customer.id, "project_id": project_id}
    documents = [uuid4() for _ in range(sizes.documents)]
    with superuser(url) as session:
        copy_rows(session, Posting, _postings(owned, customer.id, documents, words, sizes))
        vocabulary = owned | {"language": LANGUAGE, "chunk_count": sizes.chunks, "edition": 1}
        vocabulary["word_count"] = sizes.chunks * sizes.words_a_chunk
        rows = (vocabulary | {"id": uuid4(), "document_id": each} for each in documents)
        copy_rows(session, Vocabulary, rows)
        settle(session, Posting, Vocabulary)


def _postings(
    owned: dict[str, Any],
    organization_id: UUID,
    documents: Sequence[UUID],
    words: Sequence[str],
    sizes: Sizes,
) -> Iterator[dict[str, Any]]:
    """Words as texts have them: a word is as usual as its rank is small (Zipf)."""
    from askorac.sealing import keyrings

    ring, chance = keyrings.of(organization_id), random.Random(3)
    blind = [ring.blind(word) for word in words]
    summed = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    for first in range(0, len(documents), sizes.of_a_kind):
        packed = _packed(chance, blind, summed, sizes)
        for document_id in documents[first : first + sizes.of_a_kind]:
            common = owned | {"document_id": document_id}
            for word, places in packed.items():
                yield common | {"id": uuid4(), "word": word, "entries": places}


def _packed(
    chance: random.Random, blind: Sequence[int], summed: Sequence[float], sizes: Sizes
) -> dict[int, bytes]:
    """The entries of a document's words."""
    from knowledge.words import entries

    length = sizes.words_a_chunk
    places: defaultdict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for ordinal in range(sizes.chunks):
        drawn = Counter(chance.choices(blind, cum_weights=summed, k=length))
        for word, frequency in drawn.items():
            places[word].append((ordinal, frequency, length))
    return {word: entries.pack(found) for word, found in places.items()}


def _asked(customer: Customer, project_id: UUID, questions: Sequence[Sequence[str]]) -> float:
    """The median time of a question as a public door asks it, in seconds."""
    from askorac.sealing import keyrings
    from askorac.tenancy.context import tenant
    from knowledge.words import postings

    ring, times = keyrings.of(customer.id), []
    for words in questions:
        with tenant(customer.id, project_id=project_id, conversation_id=uuid4()):
            began = time.perf_counter()
            found = postings.look_up(" ".join(words), project_id=project_id, ring=ring)
            times.append(time.perf_counter() - began)
        assert found.places
    return statistics.median(times[WARMING:])
