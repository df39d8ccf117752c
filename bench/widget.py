"""What the widget weighs on a visitor's line: the tag, and with it all that the panel ever loads.

Words in another language come on top; an import whose name is put together is not followed.
"""

import gzip
import re
import urllib.request
from typing import Final
from urllib.parse import urljoin

from bench.figures import LOADER, WIDGET, Figure, Measured

_IMPORTS: Final = re.compile(r"""(?:from|import)\s*\(?\s*[`'"](?:\$\{[^}]*\})?([^`'"?$]+\.js)""")


def measure(url: str) -> Measured:
    """The gzipped sizes in kB of 1,000 bytes, as a running product sends them."""
    tag = urljoin(url, "/widget.js")
    found = {tag: _fetch(tag)}
    waiting = [tag]
    while waiting:
        address = waiting.pop()
        for name in _IMPORTS.findall(gzip.decompress(found[address]).decode()):
            module = urljoin(address, name)
            if module not in found:
                found[module] = _fetch(module)
                waiting.append(module)
    whole = sum(map(len, found.values()))
    return Measured((Figure(LOADER, len(found[tag]) / 1e3), Figure(WIDGET, whole / 1e3)))


def _fetch(address: str) -> bytes:
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=10) as response:
        body: bytes = response.read()
        return body if response.headers["Content-Encoding"] == "gzip" else gzip.compress(body, 9)
