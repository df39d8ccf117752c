"""What tokens cost, where the providers have published it. A price that is not known is none.

List prices in US dollars for a million tokens, without discounts of batches or of contracts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from keys.providers.base import Completion

MILLION: Final = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Price:
    """``since`` is when it was published, ``until`` the last day it is promised for, if any.

    It is for prompts of up to ``longest`` tokens; longer ones cost more.
    """

    read: Decimal
    read_from_cache: Decimal
    written: Decimal
    since: date
    longest: int = 1_000_000
    until: date | None = None


def _price(read: str, cached: str, written: str, since: str, longest: int = 1_000_000) -> Price:
    day = date.fromisoformat(since)
    return Price(Decimal(read), Decimal(cached), Decimal(written), day, longest)


PRICES: Final = {
    "gpt-6.1-terra": _price("1", "0.05", "5", "2026-10-26", 272_000),
    "gpt-6-astra": _price("10", "1", "50", "2026-09-03", 272_000),
    "gpt-6-sol": _price("2", "0.20", "10", "2026-09-22", 272_000),
    "gpt-6-luna": _price("0.10", "0.01", "0.50", "2026-09-22", 272_000),
    "gpt-5.6-terra": _price("2", "0.20", "12", "2026-07-30", 272_000),
    "gpt-5.6-luna": _price("0.20", "0.02", "1.20", "2026-07-30", 272_000),
    "claude-fable-5-1": _price("10", "1", "50", "2026-10-24"),
    "claude-opus-5-5": _price("4", "0.20", "20", "2026-09-22"),
    "claude-opus-5": _price("5", "0.50", "25", "2026-07-24"),
    "claude-sonnet-5-5": _price("2", "0.10", "10", "2026-10-07"),
    "claude-sonnet-5": _price("2", "0.20", "10", "2026-09-23"),
    "claude-haiku-5-5": _price("0.10", "0.01", "0.50", "2026-10-07", 100_000),
    "claude-haiku-4-5": _price("1", "0.10", "5", "2026-09-23"),
    "gemini-3.8-flash": Price(
        Decimal("0.75"),
        Decimal("0.075"),
        Decimal("3.75"),
        date(2026, 10, 7),
        until=date(2026, 12, 31),
    ),
    "gemini-3.6-flash": _price("1.50", "0.15", "7.50", "2026-07-21"),
    "gemini-3.5-flash-lite": _price("0.30", "0.03", "2.50", "2026-07-21"),
}


def price_of(model: str, *, on: date) -> Price | None:
    """The price of a model, with or without the day of its making in its name, on a day."""
    name = model.removeprefix("models/")
    price = PRICES.get(name) or PRICES.get(_undated(name))
    return price if price and (price.until is None or on <= price.until) else None


def cost_at(price: Price, completion: Completion) -> Decimal | None:
    """What an answer cost, in US dollars; None where nobody counted, or the price is another.

    Writing to the provider's cache, which is not asked for, may cost a quarter of reading more.
    """
    if not 0 < completion.input_tokens <= price.longest:
        return None
    cached = min(completion.cached_input_tokens, completion.input_tokens)
    return (
        price.read * (completion.input_tokens - cached)
        + price.read_from_cache * cached
        + price.written * completion.output_tokens
    ) / MILLION


def _undated(name: str) -> str:
    """``claude-haiku-4-5-20251001`` and ``gpt-6-sol-2026-09-22`` without their days."""
    head, _, day = name.rpartition("-")
    if len(day) == 8 and day.isdecimal():
        return head
    is_dated = len(name) > 11 and name[-11] == "-" and name[-10:].replace("-", "").isdecimal()
    return name[:-11] if is_dated else name
