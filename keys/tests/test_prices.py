"""What an answer cost, and when that is not known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from keys.providers.base import Completion
from keys.providers.catalog import DEFAULT_CHAT_MODEL
from keys.providers.prices import PRICES, cost_at, price_of

TODAY = date(2026, 11, 24)


def test_cost_counts_what_came_from_the_cache_apart() -> None:
    completion = Completion("stop", 1_000_000, 100_000, cached_input_tokens=400_000)
    # 0.6 million at $5, 0.4 million at $0.50, 0.1 million at $25.
    assert cost_at(PRICES["claude-opus-5"], completion) == Decimal("5.7")


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        ("gpt-6-sol-2026-09-22", "gpt-6-sol"),
        ("models/gemini-3.6-flash", "gemini-3.6-flash"),
    ],
)
def test_price_is_that_of_the_model_whatever_its_day(model: str, family: str) -> None:
    assert price_of(model, on=TODAY) == PRICES[family]


@pytest.mark.parametrize("model", ["llama-4", "gpt-6", "gpt-6-sol-mini", ""])
def test_unknown_model_has_no_price(model: str) -> None:
    assert price_of(model, on=TODAY) is None


@pytest.mark.parametrize("read", [0, 100_001])
def test_cost_is_unknown_where_nobody_counted_or_the_prompt_is_too_long(read: int) -> None:
    assert cost_at(PRICES["claude-haiku-5-5"], Completion("stop", read, 10)) is None


def test_price_that_was_promised_for_a_time_ends_with_it() -> None:
    assert price_of("gemini-3.8-flash", on=date(2026, 12, 31)) is not None
    assert price_of("gemini-3.8-flash", on=date(2027, 1, 1)) is None


def test_default_model_has_a_price() -> None:
    assert price_of(DEFAULT_CHAT_MODEL, on=TODAY) is not None
