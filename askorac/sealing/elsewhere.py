"""What is sealed outside of sealed columns, such as files: named by whom it belongs to.

Whoever re-seals what an organization has sealed asks here for what it can't find by itself.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One kind of sealed things.

    ``count(organization_id)`` says how many there are. ``reseal(organization_id, version)`` goes
    through all of them, takes those under the data key of `version` that lie under an older one,
    and yields for each the version that it lies under now; a second time it finds little to do.
    Both are called with no context open, and hold none open while they yield.
    """

    name: str
    count: Callable[[UUID], int]
    reseal: Callable[[UUID, int], Iterator[int]]


_registered: dict[str, Elsewhere] = {}


def register(other: Elsewhere) -> None:
    """Name something sealed; again under the same name, it takes the other's place."""
    _registered[other.name] = other


def registered() -> Sequence[Elsewhere]:
    """All that was named, in the order of their names."""
    return [_registered[name] for name in sorted(_registered)]
