"""What is kept of a run: the figures with their bars, those of earlier runs among them."""

import json
from pathlib import Path

from bench.figures import LOST, START, Detail, Figure, Measured, keep, read, show


def test_kept_figures_have_name_value_bar_and_unit(tmp_path: Path) -> None:
    keep([Measured((Figure(START, 4.25),))], folder=tmp_path)
    assert read(tmp_path) == [
        {"name": "second start to ready", "value": 4.25, "bar": 6.0, "unit": "s"}
    ]


def test_later_run_of_one_subject_keeps_the_others(tmp_path: Path) -> None:
    keep([Measured((Figure(START, 4.25), Figure(LOST, 3)))], folder=tmp_path)
    keep([Measured((Figure(LOST, 0),), (Detail("slowest", 1.5, "s"),))], folder=tmp_path)
    assert [(each["name"], each["value"]) for each in read(tmp_path)] == [
        (LOST.name, 0),
        (START.name, 4.25),
    ]
    assert json.loads((tmp_path / "details.json").read_text()) == [
        {"name": "slowest", "value": 1.5, "unit": "s"}
    ]


def test_shown_figure_above_its_bar_is_a_miss() -> None:
    lines = show(Measured((Figure(START, 6.01), Figure(START, 6.0)))).splitlines()
    assert [line.split()[0] for line in lines] == ["MISS", "ok"]
