"""`python -m bench [SUBJECT ...]`: measure the product, print the figures and keep them."""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from bench import house
from bench.figures import Measured, keep, show
from bench.product import Product, running_product, running_provider

Subject = Callable[[Product, Path], Measured]


def streams(product: Product, folder: Path) -> Measured:
    """Tokens, the first of them, and a crowd."""
    from bench.streams import measure

    _, project = house.new_shop()
    return measure(product, project.public_key, folder)


SUBJECTS: Final[dict[str, Subject]] = {"streams": streams}


def main() -> None:
    """Measure what the command line names, or everything."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("subjects", nargs="*", choices=[*SUBJECTS, []], metavar="SUBJECT")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    wanted = parser.parse_args().subjects or list(SUBJECTS)
    with scratch() as (product, folder):
        for name in wanted:
            began = time.monotonic()
            measured = SUBJECTS[name](product, folder)
            keep([measured])
            print(f"\n{name} ({time.monotonic() - began:.0f} s)\n{show(measured)}", flush=True)


@contextmanager
def scratch() -> Iterator[tuple[Product, Path]]:
    """The product and its provider in a folder that is thrown away."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="askorac-bench-")))
        url = stack.enter_context(running_provider(folder))
        product = stack.enter_context(running_product(folder / "data", url))
        house.enter(product)
        yield product, folder


if __name__ == "__main__":
    main()
