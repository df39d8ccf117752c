"""`python -m bench.evaluation [SET ...]`: score retrieval on question sets, through the real API.

The sets lie beside the checkout, in BEIR's layout. Each document is a source of a project of its
set (of its tenant, where a set has tenants); each question is searched for by words alone, by
vectors alone and by both.
"""

from __future__ import annotations

import argparse
import json
import math
import signal
import statistics
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from askorac.testing.eval_data import FOLDER
from bench import house
from bench.product import READY, RUN, Product, product_of, spawn

SIDES: Final = ("words", "vectors", "both")
METRICS: Final = ("ndcg@10", "recall@5", "recall@10")
RESULTS: Final = Path(__file__).parent / "results" / "retrieval.json"
USUAL_DOCUMENTS: Final = 400
QUESTIONS: Final = 150
AT_ONCE: Final = 4
PASSAGES: Final = 40
INGESTION_SECONDS: Final = 3_600.0

Scores = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Documents and questions; `relevant` has the grade of each document that answers one."""

    name: str
    documents: Sequence[dict[str, Any]]
    questions: Sequence[dict[str, Any]]
    relevant: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Api:
    """The product's API, as a customer with a key calls it."""

    url: str
    key: str = field(repr=False)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Send JSON and return what comes back; waits where it is told to."""
        return self._send("POST", path, json.dumps(body).encode())

    def get(self, path: str) -> Any:
        return self._send("GET", path, None)

    def _send(self, method: str, path: str, data: bytes | None) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(
            f"{self.url}/api/v1/{path}", data=data, headers=headers, method=method
        )
        while True:
            try:
                with urllib.request.urlopen(request, timeout=120) as response:
                    return json.load(response)
            except urllib.error.HTTPError as error:
                if error.code != 429:
                    raise
                time.sleep(float(error.headers.get("Retry-After", "1")))


def main() -> None:
    """Score the sets that the command line names, or those of a usual size."""
    parser = argparse.ArgumentParser(prog="python -m bench.evaluation", description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="SET", help="names of sets, or: all")
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="of a set, at most")
    wanted = parser.parse_args()
    folder = FOLDER / "retrieval"
    if not folder.is_dir():
        sys.exit(f"The evaluation data is absent: put it at {FOLDER}.")
    sets = [_read(each, wanted.questions) for each in sorted(folder.iterdir())]
    if not wanted.sets:
        sets = [each for each in sets if len(each.documents) <= USUAL_DOCUMENTS]
    elif wanted.sets != ["all"]:
        sets = [each for each in sets if each.name in wanted.sets]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    with tempfile.TemporaryDirectory(prefix="askorac-eval-") as name, _running(Path(name)) as run:
        house.enter(run)
        before = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        for each in sets:
            began = time.monotonic()
            scores = _score(run, each)
            print(_shown(each, scores, before.get(each.name), time.monotonic() - began), flush=True)
            before[each.name] = scores
            RESULTS.write_text(json.dumps(before, indent=2, sort_keys=True) + "\n")


def _read(folder: Path, most: int) -> QuestionSet:
    documents, questions = (
        [json.loads(line) for line in (folder / name).read_text().splitlines() if line.strip()]
        for name in ("corpus.jsonl", "queries.jsonl")
    )
    relevant: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for line in (folder / "qrels" / "test.tsv").read_text().splitlines()[1:]:
        question, document, grade = line.split("\t")
        if int(grade) > 0:
            relevant[question][document] = int(grade)
    judged = [each for each in questions if each["_id"] in relevant]
    step = max(math.ceil(len(judged) / most), 1)
    return QuestionSet(folder.name, documents, judged[::step], dict(relevant))


@contextmanager
def _running(folder: Path) -> Iterator[Product]:
    """The product with its local models, so that nothing leaves this machine."""
    data = folder / "data"
    data.mkdir(mode=0o700)
    settings = {"ASKORAC_DATA_DIR": str(data), "PYTHONUNBUFFERED": "1"}
    settings |= {"API_KEY_REQUESTS_A_MINUTE": "60000"}
    settings |= {"API_ORGANIZATION_REQUESTS_A_MINUTE": "60000"}
    spawned = spawn(RUN, folder / "run.log", **settings)
    try:
        spawned.wait_until(READY)
        yield product_of(spawned, data, "")
    finally:
        spawned.stop()


def _score(product: Product, questions: QuestionSet) -> Scores:
    from django.utils import timezone

    from askorac.tenancy.context import tenant
    from askorac.testing.people import new_customer, new_project
    from projects.api_keys import create_api_key

    customer = new_customer("Evaluation")
    with tenant(customer.id):
        made = create_api_key(
            name="Evaluation",
            rights="write",
            project=None,
            by=customer.actor,
            now=timezone.now(),
        )
    api = Api(product.url, made.key)
    tenants = sorted({_tenant(each) for each in questions.documents})
    projects = {each: str(new_project(customer, each or "Evaluation").pk) for each in tenants}
    with ThreadPoolExecutor(AT_ONCE) as threads:
        adding = partial(_add, api, projects)
        list(threads.map(adding, questions.documents))
        _wait_until_ready(customer.id, len(questions.documents))
        return {
            side: _means(
                list(
                    threads.map(
                        partial(_asked, api, projects, questions, side), questions.questions
                    )
                )
            )
            for side in SIDES
        }


def _tenant(row: dict[str, Any]) -> str:
    return str(row["metadata"].get("tenant", ""))


def _add(api: Api, projects: dict[str, str], document: dict[str, Any]) -> None:
    text = {
        "title": (document.get("title") or document["_id"])[:255],
        "text": document["text"],
        "external_id": document["_id"][:200],
    }
    api.post(f"projects/{projects[_tenant(document)]}/sources/", text)


def _wait_until_ready(organization_id: Any, count: int) -> None:
    from askorac.jobs.models import Job, State
    from askorac.tenancy.context import tenant

    until = time.monotonic() + INGESTION_SECONDS
    while time.monotonic() < until:
        with tenant(organization_id):
            if Job.objects.filter(state__in=[State.READY, State.FAILED]).count() >= count:
                return
        time.sleep(0.5)
    raise TimeoutError("The documents were not read in time.")


def _asked(
    api: Api, projects: dict[str, str], questions: QuestionSet, side: str, asked: dict[str, Any]
) -> tuple[float, ...]:
    """nDCG@10, recall@5 and recall@10 of one question."""
    body = {"query": asked["text"][:4_000], "limit": PASSAGES, "by": side}
    passages = api.post(f"projects/{projects[_tenant(asked)]}/search/", body)["passages"]
    found = list(dict.fromkeys(each["external_id"] for each in passages))
    grades = questions.relevant[asked["_id"]]
    best = sorted(grades.values(), reverse=True)
    recalls = [sum(each in grades for each in found[:count]) / len(grades) for count in (5, 10)]
    return _gain([grades.get(each, 0) for each in found]) / _gain(best), *recalls


def _gain(grades: Sequence[int]) -> float:
    """The discounted gain of the first ten, with linear gains."""
    return sum(grade / math.log2(place + 2) for place, grade in enumerate(grades[:10]))


def _means(rows: Sequence[tuple[float, ...]]) -> dict[str, float]:
    columns = zip(*rows, strict=True)
    return {
        name: round(statistics.fmean(column), 4)
        for name, column in zip(METRICS, columns, strict=True)
    }


def _shown(questions: QuestionSet, scores: Scores, before: Scores | None, seconds: float) -> str:
    """A line a side: each figure, and in brackets what it was in the last recorded run."""
    asked, documents = len(questions.questions), len(questions.documents)
    lines = [f"\n{questions.name}: {asked} questions, {documents} documents ({seconds:.0f} s)"]
    for side, figures in scores.items():
        last = (before or {}).get(side, {})
        told = [
            f"{name} {value:.3f}" + (f" ({last[name]:.3f})" if name in last else "")
            for name, value in figures.items()
        ]
        lines.append(f"  {side:<8} " + "  ".join(told))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
