"""What the widget weighs on a visitor's line. It is shipped as reviewed: nothing shrinks it."""

import gzip
import re

from askorac.testing.widget_socket import WIDGET

MOST_TAG = 3 * 1024  # bytes
MOST_PANEL = 12 * 1024
MOST_TOGETHER = 12 * 1024  # both as one, so that no module pays for what it shares with another


def weight(content: bytes) -> int:
    return len(gzip.compress(content, compresslevel=9, mtime=0))


def modules() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(WIDGET.glob("*.js"))}


def test_tag_and_panel_are_light():
    code = modules()
    assert weight(code["loader.js"]) <= MOST_TAG
    assert sum(weight(code[name]) for name in code if name != "loader.js") <= MOST_PANEL
    assert weight(b"".join(code.values())) <= MOST_TOGETHER


def test_no_text_can_become_markup():
    for name, content in modules().items():
        found = re.findall(
            rb"innerHTML|outerHTML|insertAdjacent|document\.write|DOMParser|createContextualFragment"
            rb"|\beval\b|new Function|setAttribute\('style|setHTML",
            content,
        )
        assert (name, found) == (name, [])
