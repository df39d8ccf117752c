"""What of a customer's is held, told by the app that holds it: counted, purged and swept.

Rules and receipts stand on this floor, conversations and files above it. Each app names its own in
its `apps.ready`.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from .models import Content

Counts: TypeAlias = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Due:
    """How much a rule reaches, and since when the oldest of it is there."""

    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind of content that rules are made for.

    `due(project_id, before)` tells what was last touched before a moment. `purge(project_id,
    before, now, most)` erases at most so many of it in the open transaction and returns how many
    of what are gone, nothing once there is nothing left. Without a project, it is the
    organization's.
    """

    content: Content
    due: Callable[[UUID | None, datetime], Due]
    purge: Callable[[UUID | None, datetime, datetime, int], Counts]


@dataclass(frozen=True, slots=True)
class Swept:
    """What one look for remains came to: `left` are those that were found, `removed` of them gone
    now."""

    looked_at: int
    left: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Strays:
    """A store that may hold something of an organization that is gone: of which organizations it
    holds anything, and how to take away all that it holds of one, which tells how much it was."""

    organizations: Callable[[], set[UUID]]
    remove: Callable[[UUID], int]


Count: TypeAlias = Callable[[UUID | None], Counts]
Sweep: TypeAlias = Callable[[UUID, datetime], Swept]
EndCopies: TypeAlias = Callable[[datetime], Counts]

_holdings: dict[Content, Holding] = {}
_inventories: dict[str, Count] = {}
_sweeps: dict[str, Sweep] = {}
_strays: dict[str, Strays] = {}
_copies: list[EndCopies] = []


def register_holding(holding: Holding) -> None:
    """Name what a rule purges."""
    _holdings[holding.content] = holding


def register_inventory(name: str, count: Count) -> None:
    """Name what counts all that is held of a project, or without one of the organization, in the
    open context."""
    _inventories[name] = count


def register_sweep(name: str, sweep: Sweep) -> None:
    """Name what looks, for an organization and with no context open, for remains of what is gone,
    and takes them away."""
    _sweeps[name] = sweep


def register_strays(name: str, strays: Strays) -> None:
    """Name a store in which organizations that are gone may have left something."""
    _strays[name] = strays


def register_copies(end: EndCopies) -> None:
    """Name what ends the copies of everything that were made, or are being made, for taking along:
    in the open transaction; how many of what."""
    _copies.append(end)


def end_copies(*, now: datetime) -> Counts:
    """End all copies of what is erased in the open transaction."""
    counts: Counter[str] = Counter()
    for end in _copies:
        counts.update(end(now))
    return counts


def holdings() -> Sequence[Holding]:
    """All kinds of content, in the order in which pages name them."""
    return [_holdings[content] for content in Content if content in _holdings]


def sweeps() -> Mapping[str, Sweep]:
    """All looks for remains, in the order of their names."""
    return {name: _sweeps[name] for name in sorted(_sweeps)}


def stores() -> Mapping[str, Strays]:
    """All stores in which something may be left of organizations, in the order of their names."""
    return {name: _strays[name] for name in sorted(_strays)}


def count_everything(project_id: UUID | None = None) -> Counts:
    """How many of what a project has, or without one the open organization, for a receipt."""
    counts: Counter[str] = Counter()
    for name in sorted(_inventories):
        counts.update(_inventories[name](project_id))
    return counts
