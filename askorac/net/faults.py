"""Why an address is not fetched: it may not be, or it could not be."""

from typing import Literal

ForbiddenCode = Literal["malformed", "scheme", "credentials", "port", "address"]
UnreachableCode = Literal[
    "no_such_host",
    "no_connection",
    "broken_off",
    "certificate",
    "too_slow",
    "too_large",
    "too_many_redirects",
    "not_http",
]


class Forbidden(Exception):
    """An address that is never connected to. ``sentence`` says why, and what to give instead."""

    def __init__(self, code: ForbiddenCode, sentence: str) -> None:
        super().__init__(sentence)
        self.code: ForbiddenCode = code
        self.sentence = sentence


class Unreachable(Exception):
    """What answers there, if anything does, could not be read; ``passes`` if later it might."""

    def __init__(self, code: UnreachableCode, sentence: str, *, passes: bool = False) -> None:
        super().__init__(sentence)
        self.code: UnreachableCode = code
        self.sentence = sentence
        self.passes = passes
