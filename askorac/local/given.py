"""Which engines the user brings: the addresses that are set in the environment."""

import os
from dataclasses import dataclass

from .credentials import DATABASE_ROLES


class HalfGiven(Exception):
    """Some addresses of the user's own PostgreSQL are set, but not all; the message says which."""


@dataclass(frozen=True, slots=True)
class Given:
    """What need not be embedded."""

    postgres: bool
    redis: bool
    keys: bool = False


def engines_given() -> Given:
    """Look at the environment; raises HalfGiven, because half of it would mix two databases."""
    set_names = [name for name in DATABASE_ROLES if is_given(name)]
    missing = [name for name in DATABASE_ROLES if name not in set_names]
    if set_names and missing:
        raise HalfGiven(
            f"{', '.join(set_names)} set, but not {', '.join(missing)}. "
            "Set all four to use your own PostgreSQL, or none to use the embedded one."
        )
    return Given(postgres=not missing, redis=is_given("REDIS_URL"), keys=is_given("KMS_URL"))


def is_given(name: str) -> bool:
    """Whether a setting is in the environment, by value or by the file that holds it."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))
