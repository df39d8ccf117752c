"""One spelling of a document, so that everybody signs, hashes and checks the same bytes. Pure."""

import json
from typing import Any


def canonical(document: Any) -> bytes:
    """JSON in UTF-8, keys in the order of their code points, no spaces, only what must be escaped.

    It is what `json.dumps(…, sort_keys=True, separators=(",", ":"), ensure_ascii=False)` writes.
    Raises TypeError for floats, which have more than one spelling, and for whatever JSON lacks.
    """
    _refuse_floats(document)
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("A number with a point has more than one spelling; write it as text.")
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError("Keys of a document are texts.")
            _refuse_floats(inner)
    if isinstance(value, (list, tuple)):
        for inner in value:
            _refuse_floats(inner)
