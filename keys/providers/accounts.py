"""Whose account at a provider is used: the key, kept from being shown, and the address."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, NoReturn

from askorac.net.addresses import Network
from keys.providers.base import KeyRejected

UNUSABLE_KEY: Final = "The provider key holds characters that no key has. Set it again."


_FITS_A_HEADER: Final = re.compile(r"[!-~]+")


class ProviderKey:
    """A provider's key that can be used but not shown: not by repr, not in a log, not by pickle."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The key itself, for the request's header; KeyRejected if it can't stand in one.

        Checked here because the HTTP libraries repeat such a header in their error messages.
        """
        if not _FITS_A_HEADER.fullmatch(self._value):
            raise KeyRejected(UNUSABLE_KEY)
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ProviderKey) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "ProviderKey(hidden)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A provider key does not leave its process.")


@dataclass(frozen=True, slots=True)
class Account:
    """A key and the base address that it is for, such as ``https://api.openai.com/v1``.

    An address that a customer gave ``is_guarded``: it is connected to if it is public, or lies in
    one of the networks that the operator has ``let_through``. A server that wants no key
    ``is_keyless``. ``still_held`` asks whether the account is in use yet: a customer may replace
    or revoke a key while an answer streams.
    """

    key: ProviderKey
    base_url: str
    is_guarded: bool = False
    let_through: tuple[Network, ...] = ()
    is_keyless: bool = False
    still_held: Callable[[], Awaitable[bool]] | None = field(
        default=None, compare=False, repr=False
    )

    def reveal(self) -> str:
        """The key, empty where none is wanted; KeyRejected if it fits no header."""
        return "" if self.is_keyless else self.key.reveal()
