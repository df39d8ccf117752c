"""What a key's looks say about it, before anybody is asked."""

from __future__ import annotations

from typing import Final

STRAY: Final = "There is a space or a line break in this key. Copy it again, without it."
QUOTED: Final = "This key stands in quotes. Copy it again, without them."
NOT_A_KEY: Final = "There is a character in this key that no key has. Copy it again, whole."
OF_ASKORAC: Final = "This is an API key of AskOrac. What is wanted is one that the provider made."
NAMES: Final = {"openai": "OpenAI", "anthropic": "Anthropic", "gemini": "Gemini"}
BEGINNINGS: Final = {"openai": "sk-", "anthropic": "sk-ant-"}
_QUOTES: Final = "\"'`“”‘’"

_ADMIN: Final = (
    "This is an admin key: it manages the account and can't ask a model. "
    "Create a key for the API, and give that."
)
_SHORT_LIVED: Final = "This key is made for one session and ends by itself. Give a lasting one."
_SIGNED_IN: Final = (
    "This is what somebody is signed in by, not a key for the API. Create one, and give that."
)
_FILE: Final = "This is a service account's file. What is wanted is an API key."
_NAME: Final = "This is a name of an account or a project, not a key."

# What begins like this is no key that asks a model, wherever it is given.
_OTHER_THINGS: Final = (
    ("orac_sk_", OF_ASKORAC),
    ("sk-admin-", _ADMIN),
    ("sk-ant-admin", _ADMIN),
    ("ek_", _SHORT_LIVED),
    ("auth_tokens/", _SHORT_LIVED),
    ("sess-", _SIGNED_IN),
    ("sk-ant-oat", _SIGNED_IN),
    ("sk-ant-ort", _SIGNED_IN),
    ("ya29.", _SIGNED_IN),
    ("org-", _NAME),
    ("proj_", _NAME),
)
# The first that fits counts. A company of the empty name is none of ours.
_MAKERS: Final = (
    ("sk-ant-", "anthropic", "Anthropic"),
    ("sk-or-", "", "OpenRouter"),
    ("sk-", "openai", "OpenAI"),
    ("AIza", "gemini", "Gemini"),
    ("AQ.", "gemini", "Gemini"),
    ("gsk_", "", "Groq"),
    ("xai-", "", "xAI"),
    ("hf_", "", "Hugging Face"),
)


def shape_problem(provider: str, key: str, *, is_vendor: bool = True) -> str:
    """What is wrong with a key by its looks, as a sentence; empty if nothing is.

    A server that is not the vendor's own (``is_vendor``) has keys of any kind, without a space.
    """
    if key.lstrip().startswith("{"):
        return _FILE
    if any(letter.isspace() for letter in key):
        return STRAY
    if key[:1] in _QUOTES or key[-1:] in _QUOTES:
        return QUOTED if key else NOT_A_KEY
    if not all("!" <= letter <= "~" for letter in key):
        return NOT_A_KEY
    return _kind_problem(provider, key) if is_vendor else ""


def _kind_problem(provider: str, key: str) -> str:
    for beginning, sentence in _OTHER_THINGS:
        if key.startswith(beginning):
            return sentence
    for beginning, maker, name in _MAKERS:
        if not key.startswith(beginning):
            continue
        if maker == provider:
            return ""
        return f"This looks like a key for {name}. Choose that provider, or another key."
    if begins := BEGINNINGS.get(provider):
        return f"A key for {NAMES[provider]} begins with {begins}. Copy it again, whole."
    return ""
