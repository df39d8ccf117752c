"""Pages as somebody who is logged in opens them one after the other, and how long each takes."""

from __future__ import annotations

import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from lxml import html

from bench.figures import Detail

if TYPE_CHECKING:
    from django.urls import URLPattern, URLResolver

TIMES: Final = 7
# Of a list to choose from, and of links to the same page: each is the same statement with another
# value.
CHOICES: Final = 4
SLOWEST_SHOWN: Final = 8
LEFT_OUT: Final = re.compile("export|download|delete|remove|logout")
_PART: Final = re.compile(r"<(?:\w+:)?(\w+)>")
_ID: Final = re.compile(r"[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True)
class Page:
    """An address and the median of what it took, in seconds."""

    path: str
    seconds: float


Tell = Callable[[str], None]


def addresses(below: str, parts: Mapping[str, object]) -> Iterator[str]:
    """Every page below an address whose parts are known, found in the site's own addresses."""
    from django.urls import get_resolver

    for route in _routes(get_resolver().url_patterns):
        names = _PART.findall(route)
        if route.startswith(below) and set(names) <= parts.keys() and not LEFT_OUT.search(route):
            yield "/" + _PART.sub(lambda found: str(parts[found[1]]), route)


async def visit(
    url: str, cookies: Mapping[str, str], paths: Iterable[str], *, tell: Tell
) -> list[Page]:
    """What each page takes, and each of its variants; those that are no page are left out.

    `tell` is told of each once it was measured.
    """
    pages: list[Page] = []
    async with aiohttp.ClientSession(url, cookies=cookies) as session:
        for path in paths:
            variants = [] if "?" in path else await _variants(session, path)
            for variant in (path, *variants):
                page = await _measured(session, variant)
                if page is not None:
                    pages.append(page)
                    tell(f"{1e3 * page.seconds:8.1f} ms  {page.path}")
    return pages


def details_of(
    subject: str, pages: Sequence[Page], *, always: Collection[str] = ()
) -> Iterator[Detail]:
    """How many there were, the slowest, the lightest, and those that are always shown."""
    ranked = sorted(pages, key=lambda page: -page.seconds)
    yield Detail(f"{subject}: how many were measured", len(ranked), "")
    yield Detail(f"{subject}: the lightest of them", 1e3 * ranked[-1].seconds, "ms")
    others = [page for page in ranked[SLOWEST_SHOWN:] if page.path in always]
    for page in (*ranked[:SLOWEST_SHOWN], *others):
        name = _ID.sub("…", page.path)
        yield Detail(f"{subject}: {name}"[:110], 1e3 * page.seconds, "ms")


def _routes(patterns: Iterable[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _routes(pattern.url_patterns, route)
        else:
            yield route


async def _measured(session: aiohttp.ClientSession, path: str) -> Page | None:
    """The page's time; None if it is no page of HTML that can be read."""
    times: list[float] = []
    for _ in range(TIMES + 1):
        began = time.perf_counter()
        async with session.get(path, allow_redirects=False) as response:
            if response.status != 200 or "html" not in response.content_type:
                return None
            await response.read()
        times.append(time.perf_counter() - began)
    return Page(path, statistics.median(times[1:]))


async def _variants(session: aiohttp.ClientSession, path: str) -> list[str]:
    """The page as its own filters, and its link to older rows, would change it."""
    async with session.get(path, allow_redirects=False) as response:
        if response.status != 200 or "html" not in response.content_type:
            return []
        text = await response.text()
    if not text.strip():
        return []
    page = html.fromstring(text)
    found = {
        f"{path}?{query}"
        for form in page.xpath("//form[not(@method) or translate(@method,'GET','get')='get']")
        for query in _queries(form)
    }
    found |= {f"{path}{query}" for query in _links(page)}
    return sorted(found)


def _queries(form: Any) -> Iterator[str]:
    """Each field of a form filled in, one at a time; of choices the first few."""
    for chooser in form.xpath(".//select[@name]"):
        for option in chooser.xpath(".//option[@value!='']")[:CHOICES]:
            yield f"{chooser.get('name')}={option.get('value')}"
    for field in form.xpath(".//input[@name]"):
        kind, name = field.get("type", "text"), field.get("name")
        if kind in {"search", "text", "url"}:
            yield f"{name}=parcel"
        elif kind == "date":
            yield f"{name}={datetime.now() - timedelta(days=30):%Y-%m-%d}"
        elif kind in {"checkbox", "radio"}:
            yield f"{name}={field.get('value', 'on')}"


def _links(page: Any) -> Iterator[str]:
    """The page's links to itself by another query; the first few of those that differ by value."""
    found = dict.fromkeys(href.partition("#")[0] for href in page.xpath("//a/@href"))
    kinds: Counter[str] = Counter()
    for query in (each for each in found if each.startswith("?")):
        kinds[query.partition("=")[0]] += 1
        if kinds[query.partition("=")[0]] <= CHOICES:
            yield query
