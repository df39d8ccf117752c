"""What is measured, what it must not exceed, and the file that keeps it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

RESULTS: Final = Path(__file__).parent / "results"
LATEST: Final = "latest.json"
DETAILS: Final = "details.json"


@dataclass(frozen=True, slots=True)
class Row:
    """A figure that has a bar: it is met when the value is not above it."""

    name: str
    bar: float
    unit: str


TOKENS_50: Final = Row("processor time per token, 50 streams", 2.0, "x")
TOKENS_200: Final = Row("processor time per token, 200 streams", 2.0, "x")
FIRST_TOKEN: Final = Row("median time to first token added, 200 streams", 25, "ms")
LOST: Final = Row("streams lost of 1,000 at once", 0, "streams")
RETRIEVAL: Final = {
    size: Row(f"retrieval in a project of {size:,} chunks", 1.5, "x")
    for size in (100, 5_000, 50_000)
}
RECALL: Final = {
    size: Row(f"1 - recall@10 in a project of {size:,} chunks", 0.02, "")
    for size in (100, 5_000, 50_000)
}
INGESTION: Final = Row("ingestion of 200 pages of PDF", 1.25, "x")
SEALING: Final = Row("share of ingestion that sealing takes", 0.10, "")
OPENING: Final = Row("opening ten sealed passages", 1.0, "ms")
RARE_WORDS: Final = Row("four words looked up in 60,000 chunks", 5, "ms")
COMMON_WORDS: Final = Row("four words looked up, one of them everywhere", 25, "ms")
LOADER: Final = Row("widget gzipped, loader", 3.0, "kB")
WIDGET: Final = Row("widget gzipped, whole", 15.0, "kB")
PAGES: Final = Row("dashboard pages, the slowest, with 100,000 conversations", 50, "ms")
STAFF: Final = Row("pages of staff, the slowest, with 10,000 organizations", 50, "ms")
RECORDING: Final = Row("a read that is written down, what that adds to its request", 5, "ms")
SEARCHING: Final = Row("search in a trail of 100,000 events, the slowest", 50, "ms")
ADAPTERS: Final = {
    name: Row(f"processor time per token read from {name}", 1.5, "x")
    for name in ("openai", "anthropic", "gemini")
}
START: Final = Row("second start to ready", 6.0, "s")

ROWS: Final = (
    TOKENS_50,
    TOKENS_200,
    FIRST_TOKEN,
    LOST,
    *RETRIEVAL.values(),
    *RECALL.values(),
    INGESTION,
    SEALING,
    OPENING,
    RARE_WORDS,
    COMMON_WORDS,
    LOADER,
    WIDGET,
    PAGES,
    STAFF,
    RECORDING,
    SEARCHING,
    *ADAPTERS.values(),
    START,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value of a row."""

    row: Row
    value: float

    @property
    def is_met(self) -> bool:
        return self.value <= self.row.bar


@dataclass(frozen=True, slots=True)
class Detail:
    """What stands behind a figure; it has no bar."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What one subject of the bench comes to."""

    figures: tuple[Figure, ...]
    details: tuple[Detail, ...] = ()


def show(measured: Measured) -> str:
    """Lines for a terminal: the figures with their bars, then what stands behind them."""
    lines = [
        f"  {'ok  ' if each.is_met else 'MISS'} {each.row.name:<58}"
        f"{each.value:>10.3f} {each.row.unit:<8}bar {each.row.bar:g}"
        for each in measured.figures
    ]
    lines += [f"       {each.name:<58}{each.value:>10.3f} {each.unit}" for each in measured.details]
    return "\n".join(lines)


def keep(measured: Iterable[Measured], *, folder: Path = RESULTS) -> None:
    """Write the figures, and what stands behind them, over those of the same name.

    What this run did not measure stays as it was.
    """
    folder.mkdir(exist_ok=True)
    every = list(measured)
    figures = [
        {"name": each.row.name, "value": round(each.value, 4), "bar": each.row.bar} | _unit(each)
        for one in every
        for each in one.figures
    ]
    details = [
        asdict(each) | {"value": round(each.value, 4)} for one in every for each in one.details
    ]
    _merge(folder / LATEST, figures, order=[row.name for row in ROWS])
    _merge(folder / DETAILS, details, order=[])


def read(folder: Path = RESULTS) -> list[dict[str, object]]:
    """The figures that were kept; none if the bench never ran."""
    path = folder / LATEST
    found: list[dict[str, object]] = json.loads(path.read_text()) if path.exists() else []
    return found


def _unit(figure: Figure) -> dict[str, object]:
    return {"unit": figure.row.unit}


def _merge(path: Path, new: Sequence[dict[str, object]], *, order: Sequence[str]) -> None:
    old = json.loads(path.read_text()) if path.exists() else []
    known = {each["name"]: each for each in [*old, *new]}
    names = [name for name in order if name in known] if order else sorted(known)
    path.write_text(json.dumps([known[name] for name in names], indent=2) + "\n")
