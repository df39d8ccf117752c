"""What scripts and styles weigh on the way."""

from django.http import HttpResponse
from django.test import RequestFactory

from askorac.web.middleware import CompressStatic


def test_compressed_file_has_one_size() -> None:
    request = RequestFactory().get("/static/widget/panel.js", headers={"Accept-Encoding": "gzip"})
    compress = CompressStatic(lambda _: HttpResponse("let a = 1;\n" * 100))
    answers = [compress(request) for _ in range(20)]
    assert {answer.headers["Content-Encoding"] for answer in answers} == {"gzip"}
    assert len({len(answer.content) for answer in answers}) == 1
