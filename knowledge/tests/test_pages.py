"""Pages of the web as sources: fetched, read again beside their old text, told when they fail."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from askorac.jobs.models import Job, State
from askorac.tenancy.context import tenant
from askorac.testing.openai_server import OpenAIServer
from askorac.testing.openai_wire import Behaviour, Fault
from askorac.testing.pdf import pdf_of
from askorac.testing.people import Customer
from askorac.testing.web import Site, redirect, reply
from knowledge import sources
from knowledge.ingestion.embed import Embedder
from knowledge.models import Chunk, Document, Source
from knowledge.tests.conftest import QUICK
from knowledge.tests.ingesting import add_page, embedded, job_of, row, texts, work
from projects.models import AuditEvent, Project

PRICES = "A standard ticket costs nine euros, and a ticket for children costs four euros."


def page(*paragraphs: str, title: str = "Prices") -> bytes:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return reply(f"<html><title>{title}</title><body><main>{body}</main></html>".encode())


def note(*paragraphs: str) -> bytes:
    """What is quicker to read than a page, and has no title."""
    return reply("\n\n".join(paragraphs).encode(), content_type="text/plain")


def refresh(customer: Customer, source: Source) -> bool:
    with tenant(customer.id):
        return sources.refresh(
            source=Source.objects.get(pk=source.pk), by=customer.actor, now=timezone.now()
        )


def chunk_ids(customer: Customer) -> list[UUID]:
    with tenant(customer.id):
        return list(Chunk.objects.order_by("ordinal").values_list("id", flat=True))


def actions(customer: Customer) -> list[str]:
    with tenant(customer.id):
        events = AuditEvent.objects.filter(target_kind="source").order_by("at")
        return list(events.values_list("action", flat=True))


def test_page_becomes_ready(organization: Customer, project: Project, site: Site) -> None:
    site.pages["/prices"] = page(PRICES)
    url = f"{site.url}/prices#children"
    source = add_page(organization, project, url)
    before = row(source)
    assert (before.name, before.url, before.fetched_at) == (url, url, None)
    after = work(source)
    assert (after.state, after.reason, after.name, after.url) == (State.READY, "", "Prices", url)
    assert after.size_bytes == len(site.pages["/prices"].split(b"\r\n\r\n")[1])  # type: ignore[union-attr]
    assert after.fetched_at is not None
    assert timezone.now() - after.fetched_at < timedelta(minutes=1)
    assert any(PRICES in text for text in texts(organization))
    with tenant(organization.id):
        document = Document.objects.get()
    described = (document.title.open(), document.url.open(), document.is_draft)
    assert described == ("Prices", url, False)


def test_page_with_a_document(organization: Customer, project: Project, site: Site) -> None:
    site.pages["/handbook"] = redirect("/handbook.pdf")
    site.pages["/handbook.pdf"] = reply(pdf_of(PRICES), content_type="application/pdf")
    site.pages["/readme.md"] = reply(b"# Prices\n\nNine euros.", content_type="text/plain")
    site.pages["/greek"] = reply(
        "<p>Το εισιτήριο κοστίζει εννέα ευρώ.</p>".encode("iso8859-7"),
        content_type="text/html; charset=ISO-8859-7",
    )
    for path, text in (
        ("/handbook", PRICES),
        ("/readme.md", "# Prices\n\nNine euros."),
        ("/greek", "Το εισιτήριο κοστίζει εννέα ευρώ."),
    ):
        source = add_page(organization, project, site.url + path)
        assert work(source).state == State.READY
        with tenant(organization.id):
            assert Chunk.objects.get(document__source_id=source.pk).text.open() == text


def test_page_fetched_again_unchanged(
    organization: Customer, project: Project, site: Site, provider: OpenAIServer
) -> None:
    """Nothing is paid, and what was cited stays where it is."""
    site.pages["/"] = note(PRICES)
    source = add_page(organization, project, site.url)
    first = work(source)
    paid, ids = embedded(provider), chunk_ids(organization)
    assert refresh(organization, source) is True
    again = work(source)
    assert (again.state, again.chunk_count) == (State.READY, first.chunk_count)
    assert (embedded(provider), chunk_ids(organization)) == (paid, ids)
    assert first.fetched_at is not None
    assert again.fetched_at is not None
    assert again.fetched_at > first.fetched_at


def test_page_fetched_again_changed(
    organization: Customer, project: Project, site: Site, provider: OpenAIServer
) -> None:
    """The old text answers until all of the new one is there; what is the same costs nothing."""
    same = [f"Hall number {number} is open. " * 30 for number in range(40)]
    site.pages["/"] = note(*same)
    source = add_page(organization, project, site.url)
    work(source)
    old, paid = texts(organization), len(embedded(provider))
    site.pages["/"] = note(*same, *(f"New hall {number} is closed. " * 30 for number in range(300)))
    refresh(organization, source)
    provider.upcoming.extend([QUICK, *[Behaviour(fault=Fault.BROKEN)] * 10])
    stopped = work(source)
    assert (stopped.state, texts(organization)) == (State.QUEUED, old)
    assert 0 < stopped.done < stopped.total
    provider.upcoming.clear()
    done = work(source)
    new = texts(organization)
    assert (done.state, done.chunk_count, len(new)) == (State.READY, len(new), done.total)
    assert len(embedded(provider)) - paid < len(new) - len(old) + 10
    with tenant(organization.id):
        assert Document.objects.get().is_draft is False
        assert Chunk.objects.count() == len(new)


@pytest.mark.parametrize(
    ("answer", "state", "sentence"),
    [
        (reply(status="404 Not Found"), State.FAILED, "There is no page at this address"),
        (reply(status="410 Gone"), State.FAILED, "There is no page at this address"),
        (reply(status="401 Login"), State.FAILED, "does not show this page to us"),
        (reply(status="418 Teapot"), State.FAILED, "gave no page: it answered 418"),
        (reply(status="503 Busy", headers={"Retry-After": "7"}), State.QUEUED, "Try again later"),
        (reply(status="429 Slowly"), State.QUEUED, "Try again later"),
        (reply(b""), State.FAILED, "There is no text at this address"),
        (reply(b"<html><script>app()</script></html>"), State.FAILED, "There is no text at this"),
        (reply(b"\x89PNG\r\n\x1a\n" * 9, content_type="image/png"), State.FAILED, "neither a page"),
        (redirect("http://192.168.1.1/"), State.FAILED, "leads into a private network"),
        (redirect("/"), State.FAILED, "without end"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", State.FAILED, "larger than 10 MB"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf", State.QUEUED, "broke off"),
    ],
)
def test_page_that_can_not_be_read(
    organization: Customer,
    project: Project,
    site: Site,
    answer: bytes,
    state: str,
    sentence: str,
) -> None:
    """What was read before still answers."""
    site.pages["/"] = note(PRICES)
    source = add_page(organization, project, site.url)
    before = work(source)
    site.pages["/"] = answer
    refresh(organization, source)
    after = work(source)
    assert after.state == state
    assert sentence in after.reason
    assert after.reason.endswith(".")
    assert (after.chunk_count, after.name) == (before.chunk_count, f"{site.url}/")
    assert any(PRICES in text for text in texts(organization))


def test_page_that_stays_away(organization: Customer, project: Project, site: Site) -> None:
    """After five attempts it has failed, for the reason that was told all along."""
    site.pages["/"] = reply(status="503 Busy", headers={"Retry-After": "7"})
    source = add_page(organization, project, site.url)
    for _ in range(4):
        assert work(source).state == State.QUEUED
        due_in = job_of(source).due_at - timezone.now()
        assert timedelta(seconds=2) < due_in < timedelta(seconds=8)
    assert work(source).state == State.FAILED


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "Give the address of the page"),
        ("http://127.0.0.1/", "private network"),
        ("2130706433", "by a number in an unusual way"),
        ("ftp://example.com/", "begins with https"),
        ("https://me:secret@example.com/", "a name or a password"),
        ("https://example.com:8443/", "ports 80 and 443"),
        ("https://exa mple.com/", "a space"),
        ("https://example.com/" + "x" * 2000, "longer than 2,000"),
    ],
)
def test_address_refused(organization: Customer, project: Project, url: str, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        add_page(organization, project, url)
    with tenant(organization.id):
        assert Source.objects.count() == 0


def test_address_as_people_type_it(organization: Customer, project: Project) -> None:
    source = add_page(organization, project, " Example.com/Preise_für_Kinder#a ")
    assert source.url.open() == "https://example.com/Preise_f%C3%BCr_Kinder#a"


def test_refreshing_while_it_is_fetched(
    organization: Customer, project: Project, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Work that goes on is left alone, and nothing is written down that was not done."""
    site.pages["/"] = note(PRICES)
    source = add_page(organization, project, site.url)
    genuine, asked = Embedder.embed_pieces, []

    def ask_meanwhile(*args: object, **kwargs: object) -> object:
        asked.append(refresh(organization, source))
        with tenant(organization.id):
            asked.append(sources.retry(source=source, by=organization.actor, now=timezone.now()))
        return genuine(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Embedder, "embed_pieces", ask_meanwhile)
    assert work(source).state == State.READY
    assert asked == [False, False]
    assert actions(organization) == ["source.added"]
    assert refresh(organization, source) is True
    assert actions(organization) == ["source.added", "source.refreshed"]


def test_refreshing_what_is_no_page(organization: Customer, project: Project) -> None:
    with tenant(organization.id):
        source = sources.add_text(
            project=project, title="Hours", text="Nine.", by=organization.actor, now=timezone.now()
        )
        with pytest.raises(ValidationError, match="Only a web page"):
            sources.refresh(source=source, by=organization.actor, now=timezone.now())
        assert Job.objects.get(target_id=source.pk).state == State.QUEUED
