"""The types that the floors above hold on to."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.providers.base import (
    EmbeddingSpace,
    KeyRejected,
    ProviderFault,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
)
from keys.providers.catalog import ChatDialect, chat_dialect
from keys.providers.faults import seconds_until_retry


@given(
    st.from_regex(r"[a-z]+", fullmatch=True),
    st.from_regex(r"[a-z0-9./:-]+", fullmatch=True),
    st.integers(1, 4096),
)
def test_space_is_read_back_as_written(provider: str, model: str, dimensions: int) -> None:
    space = EmbeddingSpace(provider, model, dimensions)
    assert EmbeddingSpace.parse(str(space)) == space


@pytest.mark.parametrize(
    "text", ["", "local", "local/model", "local/model/", "a/b/-3", "a/b/0", "/b/3"]
)
def test_space_that_is_none_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="Not an embedding space"):
        EmbeddingSpace.parse(text)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (KeyRejected, "key_rejected"),
        (RateLimited, "rate_limited"),
        (ProviderUnavailable, "provider_unavailable"),
        (RequestRefused, "request_refused"),
    ],
)
def test_fault_has_a_code_for_programs_and_a_sentence_for_people(
    fault: type[ProviderFault], code: str
) -> None:
    assert (fault.code, str(fault())) == (code, fault.default_sentence)
    assert fault("Say this.").sentence == "Say this."


def test_fault_goes_through_a_worker_s_pickle() -> None:
    fault = RateLimited("Wait.", retry_after=3.0)
    again = pickle.loads(pickle.dumps(fault))
    assert (again.sentence, again.retry_after) == ("Wait.", 3.0)


@pytest.mark.parametrize(
    ("model", "dialect"),
    [
        ("gpt-5.6-luna", ChatDialect(True, "none")),
        ("gpt-6-luna", ChatDialect(True, "none")),
        ("gpt-5-mini", ChatDialect(True, "minimal")),
        ("gpt-5.3-chat-latest", ChatDialect(True, None)),
        ("gpt-4o-mini", ChatDialect(True, None)),
        ("o4-mini", ChatDialect(True, "low")),
        ("llama-4", ChatDialect(False, None)),
        ("openai/gpt-5-mini", ChatDialect(False, None)),
    ],
)
def test_dialect_is_that_of_the_model_s_family(model: str, dialect: ChatDialect) -> None:
    assert chat_dialect(model) == dialect


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("", None), ("soon", None), ("2", 2.0), ("0.5", 0.5), ("-3", 0.0),
     ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0)],
)  # fmt: skip
def test_retry_after_is_read_in_all_its_forms(header: str, seconds: float | None) -> None:
    assert seconds_until_retry(header) == seconds
