"""pytest plugin: the files that take longest come first, so that no process ends on one alone.

Before them comes what reads all that the process has written so far: `long(reads_all=True)`.
"""

from collections import Counter

import pytest

MARK = "long"
# What takes long to start, the longest first.
STARTING = ("operated", "product", "browser", "_site")


def pytest_configure(config: pytest.Config) -> None:
    told = "takes long without a product or a browser, or reads all that tests have written"
    config.addinivalue_line("markers", f"{MARK}(reads_all=False): {told}")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in the order of what they start, then of how many tests they hold."""
    tests = Counter(item.path for item in items)
    ranks: dict[object, int] = {}
    for item in items:
        ranks[item.path] = min(_rank(item), ranks.get(item.path, len(STARTING)))
    items.sort(key=lambda item: (ranks[item.path], -tests[item.path], item.path))


def _rank(item: pytest.Item) -> int:
    if mark := item.get_closest_marker(MARK):
        return -1 if mark.kwargs.get("reads_all") else 0
    started: tuple[str, ...] = getattr(item, "fixturenames", ())
    return next((rank for rank, name in enumerate(STARTING) if name in started), len(STARTING))
