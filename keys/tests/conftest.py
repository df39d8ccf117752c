"""What the tests of the keys floor share."""

from __future__ import annotations

import pytest

from keys.providers.breaker import forget_troubles


@pytest.fixture(autouse=True)
def no_troubles() -> None:
    """Ports come again: what a test did to one is not held against the next."""
    forget_troubles()
