"""What answers cost, where it is known: by the published prices, or by those of the operator.

MODEL_PRICES is JSON of the prices in US dollars for a million tokens, by `provider/model`:
`{"openai/llama-4": {"input": 0.2, "cached_input": 0.02, "output": 1.2}}`, or null for a model
whose cost is not to be told. It comes before the published prices, which are for accounts at the
providers themselves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, DecimalException
from functools import lru_cache
from typing import Any, Final

from django.conf import settings

from keys.providers.base import Completion
from keys.providers.prices import Price, cost_at, price_of

NOT_PRICES: Final = (
    "It is JSON such as "
    '{"openai/my-model": {"input": 0.2, "cached_input": 0.02, "output": 1.2}}, in US dollars for '
    "a million tokens."
)


@dataclass(frozen=True, slots=True)
class Spent:
    """What one request to a model was counted as."""

    provider: str
    model: str
    completion: Completion


class UnusablePrices(ValueError):
    """MODEL_PRICES is not what it should be."""


def cost_of(spent: Sequence[Spent], *, on: date) -> Decimal | None:
    """The cost of all requests together in US dollars; None if that of one is not known. The
    local models cost none."""
    total = Decimal(0)
    for each in spent:
        if each.provider == "local":
            continue
        price = _price(each, on)
        cost = cost_at(price, each.completion) if price else None
        if cost is None:
            return None
        total += cost
    return total if spent else None


@lru_cache(maxsize=8)
def own_prices(text: str) -> Mapping[str, Price | None]:
    """The operator's prices. Raises UnusablePrices."""
    try:
        told = json.loads(text or "{}", parse_float=Decimal)
        return {str(name): _own_price(row) for name, row in told.items()}
    except (ValueError, TypeError, KeyError, AttributeError, DecimalException):
        raise UnusablePrices(NOT_PRICES) from None


def _price(spent: Spent, on: date) -> Price | None:
    own = own_prices(settings.MODEL_PRICES)
    name = f"{spent.provider}/{spent.model}"
    if name in own:
        return own[name]
    return price_of(spent.model, on=on) if spent.completion.is_at_vendor else None


def _own_price(row: Any) -> Price | None:
    if row is None:
        return None
    read, written = Decimal(row["input"]), Decimal(row["output"])
    cached = Decimal(row.get("cached_input", row["input"]))
    if not all(each.is_finite() and each >= 0 for each in (read, written, cached)):
        raise ValueError
    return Price(read, cached, written, date.min, longest=10**9)
