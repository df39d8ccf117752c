"""What a key service does, whoever runs it."""

from dataclasses import dataclass
from typing import Final, NoReturn, Protocol
from uuid import UUID

CONNECT_SECONDS: Final = 3.0
READ_SECONDS: Final = 3.0
CALL_SECONDS: Final = 5.0
BOUND_TO: Final = b"askorac data key v1\0"


class KeyService(Protocol):
    """Wraps and unwraps short secrets for one organization at a time.

    What was wrapped for one organization does not unwrap for another. Calls block, for about
    five seconds at most. All of them raise KeyRevoked for what the service refuses, is told not
    to open or no longer has, and KeysAway when it does not answer as it should.
    """

    @property
    def can_destroy(self) -> bool:
        """Whether an organization has a key of its own here, which `destroy` takes out of it."""

    @property
    def can_rotate(self) -> bool:
        """Whether `rotate` makes a new version. Where not, whoever holds the key rotates it."""

    def wrap(self, organization_id: UUID, plain: bytes) -> bytes:
        """Wrap a secret under the newest version of the wrapping key, made if there is none."""

    def unwrap(self, organization_id: UUID, wrapped: bytes) -> bytes:
        """What was wrapped; raises Tampered, too, for what was not wrapped here, or not for it."""

    def rewrap(self, organization_id: UUID, wrapped: bytes) -> bytes:
        """The same secret under the newest version of the wrapping key; raises as `unwrap`."""

    def rotate(self, organization_id: UUID) -> None:
        """Make a new version of the wrapping key. What older ones wrapped still unwraps.
        Does nothing where `can_rotate` is false, nor where there is no key yet."""

    def destroy(self, organization_id: UUID) -> None:
        """Destroy the wrapping key, so that nothing wrapped for it opens again, from a backup of
        the database included. Does nothing the second time, nor where `can_destroy` is false."""

    def check(self, organization_id: UUID | None = None) -> None:
        """Try a round trip; raises with a sentence that says what to do. A customer's own is
        tried for that organization: it may be open to that one alone."""


class UnusableAddress(ValueError):
    """The address of a key service can't be understood, or may not be used.

    It may hold a secret, so no message repeats it. ``sentence`` says what to do.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True, repr=False)
class Access:
    """What a key service is asked with, shown by nothing.

    OpenBao and Vault: a token as ``secret``; or an AppRole, its role_id as ``name`` and its
    secret_id as ``secret``. AWS: an access key as ``name`` and its secret; or the ARN of a role
    as ``name`` alone, which is taken on with the organization's id as external id, so that no
    other organization can name that role. Nothing: what the machine itself may do.
    """

    name: str = ""
    secret: str = ""

    def __reduce__(self) -> NoReturn:
        raise TypeError("The access to a key service does not leave its process.")


def associated(organization_id: UUID) -> bytes:
    """What a wrapped key is bound to, as associated data."""
    return BOUND_TO + organization_id.bytes
