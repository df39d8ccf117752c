"""UTF-16 without a byte order mark, told by what its bytes come to in either order."""

from __future__ import annotations

import re

_SAMPLE_BYTES = 64 * 1024
_FEWEST_BYTES = 4
_FEW_BYTES = 1024
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\v\f\r\b\x1b"))
# Bytes of text in any other encoding are hardly ever controls; here they are halves of letters.
MOST_CONTROLS = 0.02
_WRITTEN = re.compile(
    "[\t\n\r\u0020-\u007e\u00a0-\u058f\u0590-\u077f\u0900-\u0e7f\u10a0-\u10ff\u1e00-\u20cf"
    "\u2100-\u22ff\u2500-\u26ff\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff00-\uffef]"
)
_FEWEST_WRITTEN = 0.97


def wide_encoding(data: bytes) -> str:
    """Return "utf-16-le" or "utf-16-be" if ``data`` reads as that, else ""."""
    sample = data[: _SAMPLE_BYTES & ~1]
    if len(sample) < _FEWEST_BYTES or len(data) % 2 or not _has_halves(sample):
        return ""
    little, big = _likelihood(sample, "utf-16-le"), _likelihood(sample, "utf-16-be")
    if max(little, big) < _FEWEST_WRITTEN:
        return ""
    return "utf-16-le" if little > big else "utf-16-be"


def _has_halves(sample: bytes) -> bool:
    """Tell whether there are more controls than in text of bytes: in a few lines, one will do."""
    share = control_share(sample)
    if share > MOST_CONTROLS or not share or len(sample) > _FEW_BYTES:
        return share > MOST_CONTROLS
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def control_share(data: bytes) -> float:
    """Return which share of ``data`` are bytes that stand in no text."""
    return (len(data) - len(data.translate(None, _CONTROLS))) / len(data) if data else 0.0


def _likelihood(sample: bytes, encoding: str) -> float:
    """Return the share of characters that people write, less a little for each block of theirs."""
    text = sample.decode(encoding, errors="replace")
    blocks = len({ord(letter) >> 8 for letter in text})
    return len(_WRITTEN.findall(text)) / len(text) - blocks / 10_000
