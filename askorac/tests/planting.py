"""A customer and visitors who put a canary through every door of a running product."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

import httpx2
from lxml import html

from askorac.testing.canaries import Canaries
from askorac.testing.http import ask
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.pdf import pdf_of
from askorac.testing.people import PASSWORD, Customer
from askorac.testing.product import Product
from askorac.testing.sockets import Visitor, Web
from askorac.testing.web import Site, reply
from knowledge.tests.archives import cells, paragraph, word, workbook

ANSWER_SECONDS: Final = 7.0  # so that one is kept as a checkpoint meanwhile
READY_SECONDS: Final = 180.0
TALK: Final = "shop.example"
ANSWERS: Final = "Parcels may be returned within thirty days. The harbour office takes them back."
QUESTION: Final = "Until when may parcels be returned?"


@dataclass(frozen=True)
class Planting:
    """One customer with a project and an API key, at a product whose doors they know."""

    canaries: Canaries
    product: Product
    provider: OpenAIServer
    site: Site
    customer: Customer
    project_id: str
    public_key: str
    api_key: str

    def settings(self) -> None:
        """What a project says about itself."""
        sentence = self.canaries.sentence
        changed = {
            "instructions": sentence("instructions"),
            "greeting": sentence("greeting"),
            "unanswered_text": sentence("unanswered text"),
            "suggestions": [sentence("suggestion")],
            "allowed_domains": [TALK],
        }
        self.api("PATCH", "", changed)

    def provider_key(self) -> None:
        """The key to an account, and no other account's."""
        key = f"sk-{self.canaries.word('provider key')}{self.canaries.word('provider key')}"
        body = {
            "provider": "openai",
            "label": "Ours",
            "key": key,
            "base_url": self.provider.base_url,
            "model": "gpt-5.4-mini",
        }
        self.api("POST", "/api/v1/provider-keys/", body)

    def files(self) -> None:
        """Files of several kinds, whose names tell something, too."""
        for name, content in self._files():
            stem, _, ending = name.partition(".")
            named = f"{stem} {self.canaries.word(f'name of {name}')}.{ending}"
            with self._program() as program:
                sent = {"file": (named, content)}
                answer = program.post(self._path("sources/"), files=sent)
                assert answer.status_code == 201, answer.text

    def texts_and_pages(self) -> None:
        """Pasted texts with an id of the customer's, a page, and one that does not open."""
        sentence, word = self.canaries.sentence, self.canaries.word
        text = {
            "title": sentence("title of a text"),
            "text": f"{ANSWERS} {sentence('text by the API')}",
            "external_id": word("external id"),
        }
        self.api("POST", "sources/", text, **{"Idempotency-Key": uuid4().hex})
        path = f"/{word('address of a page')}"
        told = f"<p>{sentence('text of a page')} It says no more than that about it.</p>"
        page = f"<html><title>{sentence('title of a page')}</title><main>{told}</main></html>"
        self.site.pages[path] = reply(page.encode())
        self.api("POST", "sources/", {"url": f"{self.site.url}{path}"})
        gone = f"{self.site.url}/{word('address that is gone')}"
        self.api("POST", "sources/", {"url": gone})

    def form(self) -> None:
        """A text by the dashboard's form."""
        with self._member() as member:
            page = f"/app/projects/{self.project_id}/knowledge/text/"
            fields = {
                "title": self.canaries.sentence("title by the dashboard"),
                "text": self.canaries.sentence("text by the dashboard"),
            }
            _submit(member, page, fields)

    def removal(self) -> None:
        """A source that goes again, and is named in the trail."""
        text = {"title": self.canaries.sentence("label in the trail"), "text": "Nothing."}
        source = self.api("POST", "sources/", text)
        self.api("DELETE", f"sources/{source['id']}/")

    def mistakes(self) -> None:
        """Requests that are refused, with something in them that is nobody's business."""
        word = self.canaries.word
        with self._program() as program:
            unknown = {"title": word("refused title"), word("refused field"): 1}
            assert program.post(self._path("sources/"), json=unknown).status_code == 400
            assert program.get(f"/{word('address of nothing')}/").status_code == 404
            asked = self._path(f"sources/?external_id={word('refused parameter')}&x=1")
            assert program.get(asked).status_code == 400

    def wait_until_read(self) -> None:
        """Until each source is ready, or has failed."""
        until = time.monotonic() + READY_SECONDS
        while True:
            rows = self.api("GET", "sources/?limit=100")["results"]
            if all(row["state"] in {"ready", "failed"} for row in rows):
                failed = [row["reason"] for row in rows if row["state"] == "failed"]
                assert len(failed) == 1, failed
                return
            assert time.monotonic() < until, [row["state"] for row in rows]
            time.sleep(0.2)

    def searches(self) -> None:
        """What members and programs look for."""
        sentence = self.canaries.sentence
        self.api("POST", "search/", {"query": sentence("search by the API")})
        with self._member() as member:
            for path in ("search/?q", "conversations/?words", "conversations/?page"):
                looked = f"/app/projects/{self.project_id}/{path}={sentence(f'search by {path}')}"
                assert member.get(looked).status_code == 200, path
        self.api("GET", "sources/", external_id=self.canaries.word("search for an id"))
        found = self.api("GET", "conversations/", words=self.canaries.word("search for words"))
        assert found["results"] == []
        self.api("GET", "conversations/", page=self.canaries.word("search for a page"))

    def talks(self) -> None:
        """Visitors ask, at each door; an answer that takes long is left by its visitor."""
        asyncio.run(self._talk())
        body = self._asked("by the API") | {"visitor_id": self.canaries.word("visitor's name")}
        self.api("POST", "chat/", body)

    def leaves_as_files(self) -> None:
        """All conversations, as a customer takes them along."""
        for kind in ("csv", "jsonl"):
            with self._program() as program:
                answer = program.get(self._path(f"conversations/export/?kind={kind}"))
                assert self.canaries.found_in(answer.content), kind

    def erases_visitors(self) -> set[str]:
        """All visitors, at their request: found, given out and erased; their ids."""
        rows = self.api("GET", "conversations/?limit=100")["results"]
        visitors = {row["visitor_id"] for row in rows}
        requests = "/api/v1/visitor-requests"
        for visitor in visitors:
            [found] = self.api("POST", f"{requests}/find/", {"sought": visitor})["results"]
            assert (found["visitor_id"], found["is_sure"]) == (visitor, True)
        named = [{"project_id": self.project_id, "visitor_id": each} for each in visitors]
        given = self.api("POST", f"{requests}/export/", {"visitors": named})
        doors = self.canaries.found_in(json.dumps(given).encode())
        assert {"question at the socket", "answer as events", "comment"} <= doors
        receipts = self.api("POST", f"{requests}/erase/", {"visitors": named})["receipts"]
        erased = sum(each["document"]["counts"]["conversations"] for each in receipts)
        assert (erased, len(receipts)) == (len(rows), len(visitors))
        assert self.api("GET", "conversations/")["results"] == []
        return visitors

    def api(self, method: str, path: str, body: Any = None, /, **more: str) -> Any:
        """The API's answer as JSON; headers begin with a capital, the rest are parameters."""
        headers = {name: value for name, value in more.items() if name[0].isupper()}
        query = {name: value for name, value in more.items() if name not in headers}
        with self._program() as program:
            path = path if path.startswith("/") else self._path(path)
            answer = program.request(method, path, json=body, headers=headers, params=query or None)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json() if answer.content else None

    async def _talk(self) -> None:
        sentence = self.canaries.sentence
        web = Web(self.product.port, self.product.processes["web"])
        asked = self._asked("at the socket")
        async with Visitor.at(web, self.public_key, origin=f"https://{TALK}") as visitor:
            await visitor.hello(page_url=asked["page_url"])
            self._answers("answer at the socket", slowly=True)
            await visitor.ask(asked["message"], context=asked["context"])
            heard = await visitor.answer()
            assert self.canaries.found_in(heard.text.encode()) == {"answer at the socket"}
            comment = sentence("comment")
            message = heard.end["message"]
            await visitor.say("feedback", message=message, value=-1, comment=comment)
            assert (await visitor.hear())["type"] == "feedback"
            self._answers("answer that is left", slowly=True)
            await visitor.ask(f"{QUESTION} {sentence('question that is left')}")
            await visitor.answer(until=20)
        self._answers("answer as events")
        events = await ask(
            web, self.public_key, asked["message"], **self._asked("as events", but="message")
        )
        assert self.canaries.found_in(events.text.encode()) == {"answer as events"}
        self._answers("answer by the API")

    def _asked(self, how: str, but: str = "") -> dict[str, Any]:
        address = f"https://{TALK}/{self.canaries.word(f'page {how}')}"
        asked = {
            "message": f"{QUESTION} {self.canaries.sentence(f'question {how}')}",
            "page_url": f"{address}?q={self.canaries.word(f'query of the page {how}')}",
            "context": {"told": self.canaries.sentence(f"context {how}")},
        }
        return {name: value for name, value in asked.items() if name != but}

    def _answers(self, door: str, *, slowly: bool = False) -> None:
        text = " ".join(self.canaries.sentence(door) for _ in range(6))
        pause = ANSWER_SECONDS / len(text.split()) if slowly else 0.0
        self.provider.behaviour = replace(
            self.provider.behaviour, text=f"{text} [1]", token_seconds=pause
        )

    def _files(self) -> Iterator[tuple[str, bytes]]:
        sentence = self.canaries.sentence
        yield "plain.txt", sentence("plain.txt").encode()
        yield "wide.txt", sentence("wide.txt").encode("utf-16")
        yield "marked.md", f"# {sentence('marked.md')}\n\n{sentence('marked.md')}".encode()
        yield "rows.csv", f"what,where\n{sentence('rows.csv')},here\n".encode()
        markup = f"<html><title>{sentence('markup.html')}</title><p>{sentence('markup.html')}</p>"
        yield "markup.html", markup.encode()
        yield "data.json", json.dumps({"told": sentence("data.json")}).encode()
        yield "paper.pdf", pdf_of(sentence("paper.pdf"))
        yield "letter.docx", word(paragraph(sentence("letter.docx")))
        yield "sheet.xlsx", workbook({"One": cells(("what",), (sentence("sheet.xlsx"),))})
        large = f"<style>/*{'So it goes on. ' * 200_000}*/</style><p>{sentence('large.html')}</p>"
        yield "large.html", large.encode()  # past what is kept in memory of an upload

    def _path(self, path: str) -> str:
        return f"/api/v1/projects/{self.project_id}/{path}"

    @contextmanager
    def _program(self) -> Iterator[httpx2.Client]:
        headers = {"Authorization": f"Bearer {self.api_key}"}
        with httpx2.Client(base_url=self.product.url, headers=headers, timeout=60) as program:
            yield program

    @contextmanager
    def _member(self) -> Iterator[httpx2.Client]:
        with httpx2.Client(base_url=self.product.url, timeout=60, follow_redirects=True) as member:
            login = {"login": self.customer.owner.email, "password": PASSWORD}
            _submit(member, "/accounts/login/", login)
            yield member


def _submit(member: httpx2.Client, path: str, fields: dict[str, str]) -> None:
    """Fill in the form of a page that has these fields, and send it."""
    page = html.fromstring(member.get(path).text)
    form = next(each for each in page.forms if set(fields) <= set(each.fields))
    sent = dict(form.form_values()) | fields
    answer = member.post(form.get("action") or path, data=sent, headers={"Referer": path})
    assert answer.status_code == 200, answer.status_code
    assert not html.fromstring(answer.text).xpath("//*[@aria-invalid='true']"), path
