"""What answers cost, by the published prices, by the operator's, or not known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

import pytest
from django.test import override_settings

from keys.checks import check_prices
from keys.providers.base import Completion
from keys.spending import Spent, UnusablePrices, cost_of, own_prices

TODAY: Final = date(2026, 11, 24)
OWN: Final = '{"openai/llama": {"input": 0.2, "output": 1.5}, "openai/gpt-6-sol": null}'


def spent(model: str, *, is_at_vendor: bool = True) -> Spent:
    counted = Completion("stop", 1_000_000, 100_000, is_at_vendor=is_at_vendor)
    return Spent("openai", model, counted)


def test_requests_at_the_vendor_cost_what_is_published() -> None:
    # A million tokens at $2, and a tenth of that at $10.
    assert cost_of([spent("claude-sonnet-5-5")], on=TODAY) == Decimal(3)
    assert cost_of([spent("claude-sonnet-5-5"), spent("claude-sonnet-5")], on=TODAY) == Decimal(6)


def test_cost_is_not_known_elsewhere_or_if_that_of_one_is_not() -> None:
    assert cost_of([spent("claude-sonnet-5-5", is_at_vendor=False)], on=TODAY) is None
    assert cost_of([spent("claude-sonnet-5-5"), spent("llama")], on=TODAY) is None
    assert cost_of([], on=TODAY) is None


@override_settings(MODEL_PRICES=OWN)
def test_operator_s_prices_come_first_and_count_everywhere() -> None:
    assert cost_of([spent("llama", is_at_vendor=False)], on=TODAY) == Decimal("0.35")
    assert cost_of([spent("gpt-6-sol")], on=TODAY) is None


@pytest.mark.parametrize(
    "text", ["nonsense", "[]", '{"a/b": {}}', '{"a/b": {"input": -1, "output": 1}}', '{"a/b": 3}']
)
def test_prices_that_are_none_are_told_at_the_start(text: str) -> None:
    with pytest.raises(UnusablePrices):
        own_prices(text)
    with override_settings(MODEL_PRICES=text):
        assert [message.id for message in check_prices(None)] == ["orac.E025"]
