"""A proof as text, for a terminal and for who keeps it."""

from collections.abc import Iterator

from .attempts import Attempt
from .proof import Proof


def as_text(proof: Proof, *, all_attempts: bool) -> Iterator[str]:
    """The lines of it: policies, attempts by their part, and what came of them."""
    yield f"Isolation proof of {proof.at:%Y-%m-%d %H:%M} UTC, {proof.seconds} s"
    yield f"Logins: {', '.join(proof.logins)}"
    yield ""
    yield "Policies, as the catalog has them"
    yield from (f"  {policy}" for policy in proof.policies)
    for part, count in proof.counts().items():
        yield ""
        yield f"{part}: {count} attempts"
        attempts = [each for each in proof.attempts if each.part == part]
        yield from _each(attempts) if all_attempts else _by_subject(attempts)
    yield ""
    yield from (f"✗ {each.verdict}: {each}" for each in proof.failed)
    yield summary(proof)


def summary(proof: Proof) -> str:
    """What came of it, in a sentence."""
    count = len(proof.attempts)
    if proof.has_held:
        return f"✓ {count} attempts, and none led to the other organization."
    return f"✗ {len(proof.failed)} of {count} attempts did not end as they must."


def _each(attempts: list[Attempt]) -> Iterator[str]:
    yield from (f"  {each.verdict:6} {each}" for each in attempts)


def _by_subject(attempts: list[Attempt]) -> Iterator[str]:
    by_subject: dict[str, list[Attempt]] = {}
    for each in attempts:
        by_subject.setdefault(each.subject, []).append(each)
    for subject, here in by_subject.items():
        results = dict.fromkeys(each.result for each in here)
        yield f"  {subject}: {len(here)} ({'; '.join(results)})"
