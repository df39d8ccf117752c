"""`python -m bench [SUBJECT ...]`: measure the product, print the figures and keep them."""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Collection
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench import (
    adapters,
    house,
    ingestion,
    pages,
    retrieval,
    sealing,
    staff,
    starts,
    streams,
    trail,
    widget,
    words,
)
from bench.figures import Measured, keep, show
from bench.product import running_product, running_provider
from bench.visiting import Tell

SUBJECTS: Final = (
    *("widget", "ingestion", "sealing", "pages", "streams", "words", "retrieval", "trail"),
    *("staff", "adapters", "starts"),
)


def main() -> None:
    """Measure what the command line names, or everything."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=", ".join(SUBJECTS))
    parser.add_argument("-v", "--verbose", action="store_true", help="tell of each page measured")
    given = parser.parse_args()
    wanted = set(given.subjects or SUBJECTS)
    if unknown := wanted.difference(SUBJECTS):
        parser.error(f"There is no {', '.join(sorted(unknown))}. Choose of {', '.join(SUBJECTS)}.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    with tempfile.TemporaryDirectory(prefix="askorac-bench-") as name:
        folder = Path(name)
        if wanted - {"adapters", "starts"}:
            with_product(folder, wanted, tell=aloud if given.verbose else silent)
        if "adapters" in wanted:
            report("adapters", adapters.measure)
        if "starts" in wanted:
            report("starts", lambda: starts.measure(folder))


def with_product(folder: Path, wanted: Collection[str], *, tell: Tell) -> None:
    """What is measured on one running product, one subject after the other."""
    with ExitStack() as stack:
        provider_url = stack.enter_context(running_provider(folder))
        product = stack.enter_context(running_product(folder / "data", provider_url))
        house.enter(product)
        customer, project = house.new_shop()
        subjects: dict[str, Callable[[], Measured]] = {
            "widget": lambda: widget.measure(product.url),
            "ingestion": lambda: ingestion.measure(product, customer),
            "sealing": lambda: sealing.measure(provider_url),
            "pages": lambda: pages.measure(product, customer, project, tell=tell),
            "streams": lambda: streams.measure(product, project.public_key, folder),
            "words": lambda: words.measure(product.superuser_url()),
            "trail": lambda: trail.measure(product.superuser_url()),
            "retrieval": lambda: retrieval.measure(product.superuser_url()),
            "staff": lambda: staff.measure(product, tell=tell),
        }
        for name, subject in subjects.items():
            if name in wanted:
                report(name, subject)


def aloud(line: str) -> None:
    """Print it at once."""
    print(line, flush=True)


def silent(_: str) -> None:
    """Tell nothing."""


def report(name: str, subject: Callable[[], Measured]) -> None:
    """Measure one subject, keep what it comes to, and print it."""
    began = time.monotonic()
    measured = subject()
    keep([measured])
    print(f"\n{name} ({time.monotonic() - began:.0f} s)\n{show(measured)}", flush=True)


if __name__ == "__main__":
    main()
