"""What the widget weighs on a visitor's line: the tag, and with it the panel when it is opened.

What the panel loads later, when it is wanted, stands beside it; an import whose name is put
together (the words of another language) is not followed.
"""

import gzip
import re
import urllib.request
from typing import Final
from urllib.parse import urljoin

from bench.figures import LOADER, WIDGET, Detail, Figure, Measured

KB: Final = 1_024
_NAME: Final = r"""[`'"](?:\$\{[^}]*\})?([^`'"?$]+\.js)"""
_STATIC: Final = re.compile(rf"\bfrom\s*{_NAME}")
_ALL: Final = re.compile(rf"(?:\bfrom\s*|\bimport\s*\(?\s*){_NAME}")


def measure(url: str) -> Measured:
    """The gzipped sizes in kB of 1,024 bytes, as a running product sends them."""
    tag = urljoin(url, "/widget.js")
    code = _fetch(tag)
    opened, wanted = {tag: code}, {tag: code}
    for name in _ALL.findall(gzip.decompress(code).decode()):
        _follow(urljoin(tag, name), opened, _STATIC)
        _follow(urljoin(tag, name), wanted, _ALL)
    whole, ever = (sum(map(len, found.values())) / KB for found in (opened, wanted))
    return Measured(
        (Figure(LOADER, len(code) / KB), Figure(WIDGET, whole)),
        (Detail("widget gzipped, with all that it loads later", ever, "kB"),),
    )


def _follow(address: str, found: dict[str, bytes], imports: re.Pattern[str]) -> None:
    """Fetch a module and what it imports, each once."""
    if address in found:
        return
    found[address] = _fetch(address)
    for name in imports.findall(gzip.decompress(found[address]).decode()):
        _follow(urljoin(address, name), found, imports)


def _fetch(address: str) -> bytes:
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=10) as response:
        body: bytes = response.read()
        return body if response.headers["Content-Encoding"] == "gzip" else gzip.compress(body, 9)
