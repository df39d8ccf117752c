"""The page behind a citation, and the tag that customers paste."""

from dataclasses import replace
from uuid import uuid4

import pytest
from django.test import Client

from askorac.tenancy.context import tenant
from askorac.tenancy.deeds import suspend_organization
from askorac.testing.people import Customer, new_project
from conversations.cited import Place, address_of_quote, cited_passage
from conversations.events import Citation
from conversations.tests.documents import SHOP, stock
from conversations.widget import LOADER
from knowledge.models import Chunk, Source
from projects.models import Project, User

CLIENT = Client(SERVER_NAME="localhost")


@pytest.fixture
def place(project: Project) -> Place:
    chunk_id = stock(project)[1]
    return Place(project.organization_id, project.pk, chunk_id, 0, 8)


def test_cited_passage_marks_the_quote_between_its_neighbours(place: Place) -> None:
    response = CLIENT.get(place.path)
    text = response.content.decode()
    assert response.status_code == 200
    assert "<mark>Shipping</mark>" in text
    assert all(each in text for each in (SHOP[0], SHOP[2], "Shop handbook", "Page 2"))
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.cookies == {}


def test_cited_passage_of_a_hostile_document_is_text(project: Project) -> None:
    hostile = "<script>alert(1)</script> & <img src=x>"
    [chunk_id] = stock(project, [hostile], title="<b>Title</b>")
    place = Place(project.organization_id, project.pk, chunk_id, 0, len(hostile))
    response = CLIENT.get(place.path)
    assert "<mark>&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in response.content.decode()
    assert b"<b>Title" not in response.content


def test_citation_that_was_stored_with_a_host_leads_to_the_one_there_is_now(place: Place) -> None:
    citation = Citation(1, "Handbook", place.path, "Quote.", None, uuid4(), uuid4())
    stored = citation.stored()
    assert Citation.restored(stored) == citation
    first = {name: value for name, value in stored.items() if name != "path"}
    address = f"https://orac.example:8443{place.path}"
    assert Citation.restored(first | {"url": address}) == citation


def test_cited_address_that_was_changed_leads_nowhere(place: Place) -> None:
    address = place.path
    for forged in (
        address.replace("/cited/", "/cited/A"),
        address[:-8] + "aaaaaaa/",
        "/cited/x/",
        "/cited/" + "A" * 75 + "." + "A" * 43 + "/",
    ):
        response = CLIENT.get(forged)
        assert response.status_code == 404
        assert "no longer available" in response.content.decode()


def test_cited_passage_of_a_removed_source_is_gone(place: Place) -> None:
    with tenant(place.organization_id):
        Source.objects.all().delete()
    assert CLIENT.get(place.path).status_code == 404


def test_cited_passage_of_a_suspended_organization_is_hidden(
    place: Place, organization: Customer
) -> None:
    staff = User.objects.create_superuser(f"{uuid4().hex}@askorac.example", "", name="Sam")
    suspend_organization(organization_id=organization.id, by=staff.pk, reason="Test")
    assert CLIENT.get(place.path).status_code == 404


def test_cited_passage_that_is_not_live_is_hidden(place: Place) -> None:
    with tenant(place.organization_id):
        Chunk.objects.update(is_live=False)
    assert CLIENT.get(place.path).status_code == 404


def test_cited_passage_is_reached_in_its_own_project_only(
    place: Place, organization: Customer, stranger: Customer
) -> None:
    other = new_project(organization, "Other")
    for foreign in (
        Place(place.organization_id, other.pk, place.chunk_id, 0, 8),
        Place(stranger.id, place.project_id, place.chunk_id, 0, 8),
        Place(place.organization_id, place.project_id, uuid4(), 0, 8),
        Place(place.organization_id, place.project_id, place.chunk_id, 0, 9999),
    ):
        assert cited_passage(foreign.path.rsplit("/", 2)[1]) is None


def test_cited_address_is_short_and_read_back(place: Place) -> None:
    token = place.path.rsplit("/", 2)[1]
    assert len(token) <= 120
    assert Place.parse(token) == place


@pytest.mark.parametrize("address", ["/widget.js", "/cited/x/"])
def test_public_addresses_are_for_reading(address: str) -> None:
    assert CLIENT.post(address).status_code == 405


def test_widget_tag_is_served_to_any_origin_and_kept(project: Project) -> None:
    response = CLIENT.get("/widget.js", headers={"Origin": "https://shop.example"})
    assert response.content == LOADER.read_bytes()
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response.headers["Cache-Control"].startswith("public, max-age=300")
    assert response.cookies == {}
    again = CLIENT.get("/widget.js", headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_widget_tag_is_packed_for_who_can_unpack() -> None:
    response = CLIENT.get("/widget.js", headers={"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert len(response.content) <= 3 * 1024
    again = CLIENT.get(
        "/widget.js",
        headers={"Accept-Encoding": "gzip", "If-None-Match": response.headers["ETag"]},
    )
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("url", "quote", "page", "address"),
    [
        (
            "https://shop.example/returns",
            "Returns are accepted.",
            None,
            "https://shop.example/returns#:~:text=Returns%20are%20accepted.",
        ),
        (
            "https://shop.example/#top",
            "Well-kept items, unused & whole, can be returned within thirty days of delivery.",
            None,
            "https://shop.example/#top:~:text=Well%2Dkept%20items%2C%20unused%20%26%20whole%2C,"
            "within%20thirty%20days%20of%20delivery.",
        ),
        ("https://shop.example/", "Nine euros.", None, "https://shop.example/"),
        ("https://shop.example/", "| a | b | c | d |", None, "https://shop.example/"),
        ("https://shop.example/a.pdf", "Nine euros.", 3, "https://shop.example/a.pdf#page=3"),
    ],
)
def test_address_of_a_quote_on_the_web(
    url: str, quote: str, page: int | None, address: str
) -> None:
    assert address_of_quote(url, quote, page=page) == address


def test_citation_of_a_web_page_leads_there() -> None:
    url = "https://shop.example/returns"
    citation = Citation(1, "Returns", "/cited/a/", "Quote.", None, uuid4(), uuid4(), url)
    assert Citation.restored(citation.stored()) == citation
    assert citation.address("https://orac.example") == url
    assert replace(citation, url="").address("https://orac.example") == (
        "https://orac.example/cited/a/"
    )
