"""Each subject of the bench, once and small, so that it still runs when it is wanted."""

import asyncio
import gzip
import http.server
import os
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from askorac.local.engines import Engines
from askorac.testing.pages import browser, new_staff
from askorac.testing.people import Customer
from bench import (
    adapters,
    figures,
    provider,
    records,
    retrieval,
    sealing,
    staff,
    streams,
    trail,
    widget,
    words,
)
from bench.figures import ROWS
from bench.pages import LISTS, load
from bench.product import running_passthrough, running_provider
from bench.streams import Server, Sizes
from bench.vectors import Space, as_stored, nearest_rows
from bench.visiting import CHOICES, TIMES, Page, addresses, details_of, visit
from bench.visitors import Place, ask_together, evenly
from projects.models import Project


@pytest.fixture(scope="module")
def provider_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_provider(tmp_path_factory.mktemp("provider")) as url:
        yield url


def test_streams_are_measured_against_the_pass_through(tmp_path: Path, provider_url: str) -> None:
    pace = provider.Pace(tokens=16, tokens_a_second=200)
    with running_passthrough(tmp_path, provider_url) as (port, process):
        provider.behave(provider_url, pace)
        crowd = asyncio.run(
            ask_together(Place(port, "pk"), "Why?", delays=evenly(3, seconds=0.1), at_once=True)
        )
        assert crowd.lost(len(pace.text)) == 0
        assert crowd.lost(len(pace.text) + 1) == 3
        bare = Server(Place(port, "pk"), process, provider_url)
        longer = provider.Pace(tokens=48, tokens_a_second=200)
        sizes = Sizes(2, 2, 2, 1, 0.1, longer, pace, pace, pace)
        measured = streams.compare(bare, bare, sizes)
    assert [each.row for each in measured.figures] == list(ROWS[:4])


def test_retrieval_is_measured_with_its_recall(engines: Engines) -> None:
    sizes = retrieval.Sizes(chunks=(30,), others=2, chunks_of_others=5, questions=6)
    measured = retrieval.measure(engines.superuser_url(), sizes)
    assert [each.row.unit for each in measured.figures] == ["x", ""]
    assert measured.figures[1].value == 0


def test_sealing_is_measured_where_it_happens(provider_url: str) -> None:
    measured = sealing.measure(provider_url, pages=3, rounds=1)
    assert [each.row for each in measured.figures] == [figures.SEALING, figures.OPENING]
    # The bars are for the bench, which has a machine to itself.
    assert all(0 < each.value < 10 * each.row.bar for each in measured.figures)


def test_trail_is_written_and_searched(engines: Engines) -> None:
    measured = trail.measure(engines.superuser_url(), events=600, reads=5)
    assert [each.row for each in measured.figures] == [figures.RECORDING, figures.SEARCHING]
    assert measured.figures[1].value > 0


def test_words_are_looked_up(engines: Engines) -> None:
    sizes = words.Sizes(
        documents=3, chunks=5, words_a_chunk=400, words=120, questions=8, of_a_kind=2
    )
    measured = words.measure(engines.superuser_url(), sizes)
    assert [each.row for each in measured.figures] == [figures.RARE_WORDS, figures.COMMON_WORDS]
    assert all(each.value > 0 for each in measured.figures)


def test_adapters_are_measured_against_plain_readers() -> None:
    measured = adapters.measure(adapters.Sizes(streams=2, tokens=5, rounds=1))
    assert [each.row for each in measured.figures] == list(figures.ADAPTERS.values())
    assert all(each.value > 0 for each in measured.figures)


def test_pages_are_found_and_conversations_loaded(
    engines: Engines, organization: Customer, project: Project
) -> None:
    from askorac.tenancy.context import tenant
    from conversations.models import Conversation, Message

    one = load(engines.superuser_url(), organization, project, 20)
    with tenant(organization.id):
        assert Conversation.objects.filter(project_id=project.pk).count() == 20
        assert Message.objects.filter(conversation_id=one).count() in {2, 4, 6}
    sizes = records.Sizes(events=5, members=2, checkpoints=2, receipts=2)
    known = records.load(engines.superuser_url(), organization, project, sizes)
    owner = browser(organization.owner)
    for path in LISTS:
        assert (path, owner.get(path).status_code) == (path, 200)
    assert "Help desk" in owner.get(LISTS[0]).text
    ids = {"project_id": project.pk, "conversation_id": one, **known}
    paths = set(addresses("app/", ids))
    assert f"/app/projects/{project.pk}/conversations/{one}/" in paths
    assert set(LISTS) < paths
    assert not [path for path in paths if "<" in path or "delete" in path]


def test_staff_is_shown_what_was_loaded(engines: Engines) -> None:
    sizes = staff.Sizes(organizations=3, users=4, rows=5)
    organizations = staff.load(engines.superuser_url(), sizes)
    client = browser(new_staff(), method="mfa")
    paths = list(staff.staff_pages(organizations[0]))
    searched = f"?q={organizations[0]}"
    link = f"/admin/projects/organization/{organizations[0]}/change/"
    for table, rows in (("projects/project", 2), ("jobs/job", 3), ("conversations/usage", 10)):
        path = f"/admin/{table}/{searched}"
        assert path in paths
        assert client.get(path).text.count(link) == rows, path
    assert f"/admin/limits/{organizations[0]}/" in paths


def test_pages_are_visited_with_the_first_few_of_their_filters() -> None:
    options = "".join(f"<option value={number or repr('')}>" for number in range(9))
    links = "".join(f"<a href='?before={number}#row'>Older</a>" for number in range(9))
    asked: list[str] = []

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200 if self.headers["Cookie"] == "who=ada" else 403)
            kind = "text/event-stream" if self.path == "/stream/" else "text/html"
            self.send_header("Content-Type", kind)
            self.end_headers()
            form = f"<form><select name=a>{options}</select><input name=b></form>"
            self.wfile.write(f"{form}{links}".encode())

        def log_message(self, *_: object) -> None:
            pass

    told: list[str] = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever).start()
        url = f"http://127.0.0.1:{server.server_port}"
        paths = ["/list/", "/stream/"]
        pages = asyncio.run(visit(url, {"who": "ada"}, paths, tell=told.append))
        server.shutdown()
    queries = [f"?a={number}" for number in range(1, CHOICES + 1)]
    before = [f"?before={number}" for number in range(CHOICES)]
    expected = [f"/list/{query}" for query in ("", *queries, "?b=parcel", *before)]
    assert [page.path for page in pages] == expected
    assert [line.split()[-1] for line in told] == expected
    assert asked.count("/list/?before=1") == TIMES + 1


def test_slowest_pages_are_shown_and_those_that_always_are() -> None:
    pages = [Page(f"/{number}/", number / 1e3) for number in range(1, 11)]
    details = list(details_of("pages", pages, always=["/2/"]))
    assert [each.name for each in details[:3]] == [
        "pages: how many were measured",
        "pages: the lightest of them",
        "pages: /10/",
    ]
    assert [round(each.value) for each in details] == [10, 1, 10, 9, 8, 7, 6, 5, 4, 3, 2]


def test_widget_is_weighed_with_what_it_imports(tmp_path: Path) -> None:
    (tmp_path / "widget.js").write_text("import('/panel.js?1')")
    (tmp_path / "panel.js").write_text("import { x } from './part.js'; import('./late.js');")
    (tmp_path / "part.js").write_text("export const x = 1;")
    (tmp_path / "late.js").write_text("import('./locales/${language}.js');")
    handler = partial(Quiet, directory=os.fspath(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        measured = widget.measure(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    sizes = {path.stem: len(gzip.compress(path.read_bytes(), 9)) for path in tmp_path.iterdir()}
    assert measured.details[0].value == pytest.approx(sum(sizes.values()) / 1024)
    assert measured.figures[1].value == pytest.approx((sum(sizes.values()) - sizes["late"]) / 1024)
    assert measured.figures[0].row is figures.LOADER


def test_vectors_have_topics_and_questions_lie_near_passages() -> None:
    space = Space(64)
    passages = space.passages(500)
    question = space.questions(passages, 1)[0]
    stored = as_stored(passages)
    best = nearest_rows(stored, question, 1)
    assert float((stored @ question).max()) > 0.8
    assert {int(np.argmax(stored @ question))} == best


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass
