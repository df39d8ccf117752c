"""What a model says, made safe to show while it streams.

Text of documents, pages and visitors reaches the model, so its answer may carry what they planted.
No image comes through, no raw HTML, and no link but to an allowed address: an image's address
alone could carry the conversation away. Markers of passages that do not exist are removed, and so
is the sentinel by which an answerer says that the passages do not hold the answer.

What is read here is at least what any Markdown renderer would take for markup: where renderers
differ, the text is made plain. Two things hold for all that comes out, outside fenced code: `](`
stands in an allowed link only, and `<` never begins a tag, code spans excepted.
"""

import re
from collections.abc import Callable, Container
from typing import Final

from keys.clients import UNKNOWN

# How many characters a bracket, a tag or a code span may hold back before it counts as text.
LONGEST_HELD: Final = 600

_SPECIAL = re.compile(r"[`~\[!<]")
_MARKERS = re.compile(r"\[\^?[1-9]\d?(?:\s*[,;]\s*\^?[1-9]\d?)*\]")
_TARGET = re.compile(
    r"""\(\s*(?:<([^<>\n]*)>|([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*))"""
    r"""(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*\)"""
)
_ADDRESS = re.compile(r"https?://[\w.~:/?#@!$&'()*+,;=%-]+", re.ASCII | re.IGNORECASE)
_TAG_START = re.compile(r"<[A-Za-z/!?]")
_AUTOLINK = re.compile(r"<([a-z][a-z0-9+.-]*:[^\s<>]*|[^\s<>@]+@[^\s<>@]+)>", re.IGNORECASE)
_FENCE = re.compile(r"(`{3,})[^`\n]*\n")
_LINE_PREFIX = re.compile(r"[\s>*+\-\d.)]*")
_DEFINITION = re.compile(_LINE_PREFIX.pattern + r"\[.*\]")
_CONTROL = dict.fromkeys(set(range(32)) - {9, 10} | {127})


class Undecided(Exception):
    """More of the answer must come before it is known what this is."""


class Cleaner:
    """Cleans one answer, piece by piece.

    `markers` are the numbers of the passages; `allows` says whether a link to an address may
    stay. `has_given_up` is True once the sentinel was said. Markers come out counting from 1 in
    the order of their first mention: `cited` has the passages' own numbers in that order.
    """

    def __init__(self, *, markers: Container[int], allows: Callable[[str], bool]) -> None:
        self.has_given_up = False
        self.cited: list[int] = []
        self._markers = markers
        self._allows = allows
        self._held = ""  # read, and not yet decided
        self._gap = ""  # white space that is said when something follows it
        self._last = ""  # the last character that was said
        self._line = ""  # how the line begins in which that stands
        self._fence = ""  # the backticks of the fenced code that is open
        self._said: list[str] = []

    def feed(self, piece: str) -> str:
        """The text that can be shown now that `piece` has come; may be empty."""
        if not piece.isascii():
            piece = piece.encode("utf-8", "replace").decode()
        self._held += piece.translate(_CONTROL)
        return self._read(is_last=False)

    def close(self) -> str:
        """The text that was still held back."""
        return self._read(is_last=True)

    def _read(self, *, is_last: bool) -> str:
        self._said = []
        try:
            while self._held:
                if self._fence:
                    self._code_line(is_last)
                elif found := _SPECIAL.search(self._held):
                    self._plain(found.start())
                    self._special(is_last)
                else:
                    self._plain(len(self._held))
        except Undecided:
            assert not is_last
        return "".join(self._said)

    def _special(self, is_last: bool) -> None:
        mark = self._held[0]
        if mark == "`":
            self._code(is_last)
        elif mark == "~":
            self._tilde(is_last)
        elif mark == "[":
            self._bracket(is_last)
        elif mark == "!":
            self._exclamation(is_last)
        else:
            self._angle(is_last)

    def _plain(self, length: int) -> None:
        self._say(self._take(length).replace("](", "] ("))

    def _code(self, is_last: bool) -> None:
        run = re.match("`+", self._held)
        assert run
        ticks = run[0]
        self._wait_if(len(self._held) == len(ticks), is_last)
        line = self._line_so_far()
        if len(ticks) >= 3 and not line.strip(" "):
            self._wait_if("\n" not in self._held, is_last)
            if fence := _FENCE.match(self._held):
                self._open_fence(fence)
                return
        if (len(line) - len(line.rstrip("\\"))) % 2:
            self._say(self._take(1))  # escaped as it is
        else:
            self._code_span(ticks, is_last)

    def _code_span(self, ticks: str, is_last: bool) -> None:
        """A span ends on its line; a mark that begins none is escaped, so that all agree on it."""
        line = self._held.partition("\n")[0]
        end = re.compile(f"(?<!`){ticks}(?!`)").search(line, len(ticks))
        if end is None or end.end() == len(self._held):
            self._wait_if(line == self._held, is_last)
        if end is None:
            self._say("\\`" * len(self._take(len(ticks))))
            return
        span = self._take(end.end())
        if span.strip("` ").casefold() == UNKNOWN:
            self.has_given_up = True
        else:
            self._say(span.replace("](", "] ("))

    def _open_fence(self, fence: re.Match[str]) -> None:
        """Fenced code begins and ends at the margin: inside a list, renderers differ on its end."""
        self._fence = fence[1]
        self._gap = self._gap.rstrip(" ")
        self._say(self._take(fence.end()))

    def _code_line(self, is_last: bool) -> None:
        """A line of fenced code goes out as it is."""
        self._wait_if("\n" not in self._held, is_last)
        indent = len(self._held) - len(self._held.lstrip(" "))
        if self._held.startswith(self._fence, indent) and not self._line_so_far():
            self._take(indent + len(self._fence))
            self._held = self._held.lstrip("`")
            self._say(self._fence if self._held[:1] in {"", "\n"} else f"{self._fence}\n")
            self._fence = ""
        else:
            self._say(self._take(self._held.find("\n") + 1 or len(self._held)))

    def _tilde(self, is_last: bool) -> None:
        """Tildes fence code too; escaped, they don't."""
        run = re.match("~+", self._held)
        assert run
        self._wait_if(run[0] == self._held, is_last)
        fences = len(run[0]) >= 3 and not self._line_so_far().strip(" ")
        self._say("\\" * fences + self._take(len(run[0])))

    def _exclamation(self, is_last: bool) -> None:
        """An image is dropped; any other exclamation mark is one."""
        self._wait_if(len(self._held) == 1, is_last)
        end = self._bracket_end(1, is_last) if self._held[1:2] == "[" else 0
        if end and (target := self._target(end, is_last)):
            self._take(target.end())
        else:
            self._say(self._take(1))

    def _bracket(self, is_last: bool) -> None:
        end = self._bracket_end(0, is_last)
        if not end:
            self._say(self._take(1))
            return
        bracket, at_start = self._held[:end], bool(_LINE_PREFIX.fullmatch(self._line_so_far()))
        if bracket.casefold() == UNKNOWN:
            self.has_given_up = True
            self._take(end)
            self._gap = self._gap.rstrip(" ")
        elif target := self._target(end, is_last):
            self._link(bracket, target)
        elif _MARKERS.fullmatch(bracket):
            self._take(end)
            self._cite(bracket)
        elif at_start and self._held[end : end + 1] == ":":
            self._held = bracket[1:-1] + self._held[end:]  # a link's definition
        else:
            self._say(self._take(1))

    def _link(self, bracket: str, target: re.Match[str]) -> None:
        """An allowed link stays; of any other its text is read on, as if there were no link."""
        address, label = target[1] or target[2] or "", bracket[1:-1]
        rest = self._held[target.end() :]
        if _MARKERS.fullmatch(bracket):
            self._held = bracket + " " * rest.startswith(("(", ":")) + rest
        elif _ADDRESS.fullmatch(address) and self._allows(address):
            self._take(target.end())
            text = re.sub(r"[\[\]<>`!\\]", "", label)
            self._say(f"{' ' * (self._last == '!' and not self._gap)}[{text}]({address})")
        else:
            self._held = label + rest

    def _cite(self, bracket: str) -> None:
        """`[1, 2]` is said as `[1][2]`; of what does not exist, not even the space before stays."""
        numbers = [int(number) for number in re.findall(r"\d+", bracket)]
        known = [number for number in numbers if number in self._markers]
        self.cited.extend(dict.fromkeys(n for n in known if n not in self.cited))
        if known:
            self._say("".join(f"[{self.cited.index(number) + 1}]" for number in known))
        else:
            self._gap = self._gap.rstrip(" ")

    def _angle(self, is_last: bool) -> None:
        """A tag is dropped, an address between angle brackets is text."""
        self._wait_if(len(self._held) == 1, is_last)
        if not _TAG_START.match(self._held):
            self._say(self._take(1))
            return
        end = self._held.find(">", 0, LONGEST_HELD) + 1
        if not end:
            self._wait_if("\n\n" not in self._held, is_last)
            self._take(1)
            self._say("< ")
        elif address := _AUTOLINK.match(self._held):
            self._held = address[1] + self._held[end:]
        else:
            self._take(end)

    def _bracket_end(self, start: int, is_last: bool) -> int:
        """Where the bracket that opens at `start` is closed: the offset behind it, or 0."""
        depth = 0
        for at in range(start, min(len(self._held), start + LONGEST_HELD)):
            character = self._held[at]
            depth += (character == "[") - (character == "]")
            if depth == 0:
                self._wait_if(at + 1 == len(self._held), is_last)
                return at + 1
            if character == "\n" and self._held[at - 1] == "\n":
                return 0
        self._wait_if(True, is_last)
        return 0

    def _target(self, start: int, is_last: bool) -> re.Match[str] | None:
        """The `(address "title")` right behind a bracket, or None."""
        rest = self._held[start : start + LONGEST_HELD]
        if not rest.startswith("("):
            return None
        if target := _TARGET.match(self._held, start):
            return target
        self._wait_if(rest.count("(") > rest.count(")") and "\n\n" not in rest, is_last)
        return None

    def _wait_if(self, is_open: bool, is_last: bool) -> None:
        if is_open and not is_last and len(self._held) < LONGEST_HELD:
            raise Undecided

    def _take(self, length: int) -> str:
        taken, self._held = self._held[:length], self._held[length:]
        return taken

    def _say(self, text: str) -> None:
        """Say it, with white space held back, and nothing that joins what was said to markup."""
        text = self._gap + text
        said = text.rstrip() if self._last else text.strip()
        self._gap = text[len(text.rstrip()) :] if said or self._last else ""
        if said:
            if self._joins(said[0]):
                said = " " + said
            self._said.append(said)
            self._last = said[-1]
            _, newline, line = said.rpartition("\n")
            self._line = (line if newline else self._line + line)[:LONGEST_HELD]

    def _line_so_far(self) -> str:
        return (self._line + self._gap).rpartition("\n")[2]

    def _joins(self, first: str) -> bool:
        """Whether a character would become markup by following the last one."""
        joined = self._last + first
        return (
            joined in {"](", "``"}
            or bool(_TAG_START.fullmatch(joined))
            or (joined == "]:" and bool(_DEFINITION.fullmatch(self._line)))
        )
