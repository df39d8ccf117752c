"""What a key's looks tell, before anybody is asked."""

from __future__ import annotations

import pytest

from keys.providers import shapes
from keys.providers.shapes import shape_problem

OF_ANTHROPIC = "This looks like a key for Anthropic. Choose that provider, or another key."
OF_OPENAI = "This looks like a key for OpenAI. Choose that provider, or another key."
OF_GEMINI = "This looks like a key for Gemini. Choose that provider, or another key."


@pytest.mark.parametrize(
    ("provider", "key"),
    [("openai", "sk-proj-abc"), ("openai", "sk-svcacct-abc"), ("anthropic", "sk-ant-api03-abc"),
     ("gemini", "AIzaSyAbc"), ("gemini", "AQ.Ab8abc")],
)  # fmt: skip
def test_key_of_the_right_kind_passes(provider: str, key: str) -> None:
    assert shape_problem(provider, key) == ""


@pytest.mark.parametrize(
    ("provider", "key", "problem"),
    [
        ("openai", "sk-ant-api03-abc", OF_ANTHROPIC),
        ("openai", "AIzaSyAbc", OF_GEMINI),
        ("anthropic", "sk-proj-abc", OF_OPENAI),
        ("anthropic", "sk-ant-admin01-abc", shapes._ADMIN),
        ("anthropic", "sk-ant-oat01-abc", shapes._SIGNED_IN),
        ("openai", "sk-admin-abc", shapes._ADMIN),
        ("openai", "ek_abc", shapes._SHORT_LIVED),
        ("openai", "orac_sk_abc", shapes.OF_ASKORAC),
        ("openai", "abc", "A key for OpenAI begins with sk-. Copy it again, whole."),
        ("gemini", "sk-proj-abc", OF_OPENAI),
        ("gemini", "auth_tokens/abc", shapes._SHORT_LIVED),
        ("gemini", '{"type":"service_account"', shapes._FILE),
    ],
)
def test_key_of_the_wrong_kind_is_told(provider: str, key: str, problem: str) -> None:
    assert shape_problem(provider, key) == problem


@pytest.mark.parametrize("is_vendor", [True, False])
@pytest.mark.parametrize(
    ("key", "problem"),
    [("sk-abc\n", shapes.STRAY), (" sk-abc", shapes.STRAY), ("sk-a\u00a0bc", shapes.STRAY),
     ('"sk-abc"', shapes.QUOTED), ("“sk-abc”", shapes.QUOTED), ("sk-äbc", shapes.NOT_A_KEY)],
)  # fmt: skip
def test_stray_letters_are_told_everywhere(key: str, problem: str, is_vendor: bool) -> None:
    assert shape_problem("openai", key, is_vendor=is_vendor) == problem


def test_other_servers_have_keys_of_any_kind() -> None:
    assert shape_problem("openai", "none", is_vendor=False) == ""
