"""From a question to a cited answer: one generator of events, which every door carries on."""

from .generator import AlreadyAsked, answer

__all__ = ["AlreadyAsked", "answer"]
