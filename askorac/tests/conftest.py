"""The product and a browser, for the tests that use it as a person does."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from askorac.testing.product import Product, running_product
from askorac.testing.screen import chromium


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """All processes, on the session's engines."""
    with running_product(tmp_path_factory.mktemp("product")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for one module: its loop may not run beside that of the async tests."""
    with chromium() as started:
        yield started
