"""The second belt: what looks like a key is taken out of every line before it is written.

The first is that no key gets there. This one is for a library that one day logs a request.
"""

import re
from typing import Final

HIDDEN: Final = "[hidden]"
# No quotes and no brackets, so that a line of JSON stays one.
_KEYS: Final = re.compile(
    r"""
    \b(?:sk|rk|ek|gsk|xai|hf|sess|orac_sk)[-_][\w-]{8,}         # OpenAI's, Anthropic's, ours
    | \bAIza[\w-]{20,} | \bAQ\.[\w-]{20,} | \bya29\.[\w.-]{10,}   # Google's
    | \b(?:AKIA|ASIA)[A-Z0-9]{12,}                                # AWS
    | \b(?:hvs|hvb|hvr|s)\.[\w-]{20,}                             # Vault's and OpenBao's
    """,
    re.VERBOSE,
)
_NAMED: Final = re.compile(
    r"""(?ix)
    ( \b(?:bearer|basic)\s+
    | [?&](?:key|api[-_]?key|access_token|token|signature)=
    | (?:x-api-key|x-goog-api-key|api-key|authorization)['"]?\s*[:=,]\s*b?['"]?(?:bearer\s+)? )
    [^\s"'\\,&)}\]]+
    """,
)
_PASSWORD: Final = re.compile(r"(://[^\s:/@\"']*:)[^\s/@\"']+(@)")


def redacted(text: str) -> str:
    """The text without what looks like a key, a token or an address's password."""
    text = _NAMED.sub(rf"\1{HIDDEN}", text)
    return _PASSWORD.sub(rf"\1{HIDDEN}\2", _KEYS.sub(HIDDEN, text))
