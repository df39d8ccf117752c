"""pytest plugin: where the questions and documents for evaluation lie: beside the checkout.

Whoever clones the repository alone does not have them. Tests that read them carry the mark
`eval_data`; without the data they are left out, and the last lines of the run say so.
"""

from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "eval"


def require(name: str = "") -> Path:
    """The folder or file `name` of the evaluation data; fails plainly where it is absent."""
    path = FOLDER / name
    if not path.exists():
        raise AssertionError(f"The evaluation data is absent: put it at {path}.")
    return path


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", "eval_data: reads the evaluation data beside the checkout")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what can't be tried here."""
    if FOLDER.exists():
        return
    absent = [item for item in items if item.get_closest_marker("eval_data")]
    config.hook.pytest_deselected(items=absent)
    items[:] = [item for item in items if item not in absent]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say so plainly."""
    if not FOLDER.exists():
        terminalreporter.write_line(
            f"The evaluation data is absent ({FOLDER}): the tests that read it were left out."
        )
