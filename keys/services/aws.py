"""AWS Key Management Service: a symmetric key that never leaves it.

https://docs.aws.amazon.com/kms/latest/APIReference/ describes it.
"""

import re
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote
from uuid import UUID, uuid4

from askorac.net.faults import Forbidden
from askorac.sealing import KeyRevoked, KeysAway, Tampered

from .aws_client import Answer, Client
from .base import Access, UnusableAddress
from .exchange import GARBLED, IN_CLEAR, Reach, checked

SCHEME: Final = "awskms"
EXAMPLE: Final = "awskms://eu-central-1/alias/askorac"
_MOST_WRAPPED_BYTES: Final = 6144
_REGION: Final = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-[0-9]+")
_KEY: Final = re.compile(r"(?:arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]+:(?:key/)?)?[\w/-]+", re.ASCII)
_ROLE: Final = re.compile(r"arn:aws[a-z-]*:iam::[0-9]+:role/[\w+=,.@/-]+", re.ASCII)

_DENIED: Final = {"AccessDeniedException", "AccessDenied"}
_MISSING: Final = {"NotFoundException"}
_CLOSED: Final = {"DisabledException", "KMSInvalidStateException"}
_WRONG_KIND: Final = {"InvalidKeyUsageException", "UnsupportedOperationException"}


class AwsService:
    """One key of AWS KMS for all organizations; an encryption context binds what is wrapped.

    The key is not made, rotated or destroyed from here: AWS rotates it, if it is told to. Who
    asks needs `kms:Encrypt` and `kms:Decrypt` on it. A customer's own:

        own = service_at(
            "awskms://eu-central-1/arn:aws:kms:eu-central-1:111122223333:key/1234abcd-…",
            access=Access(name=role_arn),  # or an access key: its id, and secret=…
            is_guarded=True,
        )
        own.check(organization_id)  # a role is taken on with this as external id
    """

    can_destroy: Final = False
    can_rotate: Final = False

    def __init__(self, client: Client, key: str) -> None:
        self._client = client
        self._key = key

    def wrap(self, organization_id: UUID, plain: bytes) -> bytes:
        """See KeyService."""
        return self._encrypt(organization_id, plain).bytes("CiphertextBlob")

    def unwrap(self, organization_id: UUID, wrapped: bytes) -> bytes:
        """See KeyService."""
        if not 0 < len(wrapped) <= _MOST_WRAPPED_BYTES:
            raise Tampered
        return self._decrypt(organization_id, wrapped).bytes("Plaintext")

    def rewrap(self, organization_id: UUID, wrapped: bytes) -> bytes:
        """See KeyService."""
        return self.wrap(organization_id, self.unwrap(organization_id, wrapped))

    def rotate(self, organization_id: UUID) -> None:
        """See KeyService."""

    def destroy(self, organization_id: UUID) -> None:
        """See KeyService."""

    def check(self, organization_id: UUID | None = None) -> None:
        """See KeyService."""
        organization_id, plain = organization_id or uuid4(), b"askorac"
        encrypted = self._told(self._encrypt(organization_id, plain), "kms:Encrypt")
        wrapped = encrypted.bytes("CiphertextBlob")
        decrypted = self._told(self._decrypt(organization_id, wrapped), "kms:Decrypt")
        if decrypted.bytes("Plaintext") != plain:
            raise KeysAway(GARBLED)
        if not self._decrypt(organization_id, wrapped, bound_to=uuid4()).code:
            raise KeysAway("What answers does not bind what it encrypts. Use AWS KMS itself.")

    def _encrypt(self, organization_id: UUID, plain: bytes) -> Answer:
        fields = {"KeyId": self._key, "Plaintext": plain, **_context(organization_id)}
        return self._client.ask("encrypt", organization_id, fields)

    def _decrypt(
        self, organization_id: UUID, wrapped: bytes, *, bound_to: UUID | None = None
    ) -> Answer:
        context = _context(bound_to or organization_id)
        fields = {"KeyId": self._key, "CiphertextBlob": wrapped, **context}
        return self._client.ask("decrypt", organization_id, fields)

    def _told(self, answer: Answer, action: str) -> Answer:
        """The answer, if it is good; else raises KeyRevoked with what to do about it."""
        if not answer.code:
            return answer
        if answer.code in _DENIED:
            told = f"AWS refuses {action}. Allow it on this key, in the policy of who asks as well."
        elif answer.code in _MISSING:
            told = "There is no such key or alias in this region. Check the address."
        elif answer.code in _CLOSED:
            told = "The key is disabled, or waits to be deleted. Enable it."
        elif answer.code in _WRONG_KIND:
            told = "The key is of another kind. Make a symmetric one, to encrypt and decrypt."
        else:
            told = "AWS refuses who asks: the access key, its secret or the clock here is wrong."
        raise KeyRevoked(told)


def aws_at(parts: SplitResult, access: Access | None, *, is_guarded: bool) -> AwsService:
    """The service at an address. Raises UnusableAddress."""
    key, options = unquote(parts.path.lstrip("/")), dict(parse_qsl(parts.query))
    if not _REGION.fullmatch(parts.netloc) or not _KEY.fullmatch(key) or parts.fragment:
        raise UnusableAddress(f"Write the region and the key: {EXAMPLE}")
    if not options.keys() <= ({"endpoint"} if not is_guarded else set()):
        raise UnusableAddress(f"There is nothing beside the region and the key: {EXAMPLE}")
    if is_guarded:
        _check_access(access or Access())
    client = Client(parts.netloc, access or Access(), _endpoint(options.get("endpoint")))
    return AwsService(client, key)


def _check_access(access: Access) -> None:
    """A customer's own: our account asks nothing in a stranger's name."""
    if access.name.startswith("arn:"):
        if not _ROLE.fullmatch(access.name):
            raise UnusableAddress("Write the ARN of a role: arn:aws:iam::111122223333:role/askorac")
    elif not access.secret or not access.name:
        raise UnusableAddress("Give an access key with its secret, or the ARN of a role.")


def _endpoint(url: str | None) -> str | None:
    """A server that speaks as AWS does, of the operator's choice."""
    if url is None:
        return None
    reach = Reach.of(in_clear=not url.startswith("https:"), is_guarded=False)
    try:
        return checked(url, reach)
    except Forbidden:
        raise UnusableAddress(f"This endpoint can't be used. {IN_CLEAR}") from None


def _context(organization_id: UUID) -> dict[str, dict[str, str]]:
    """Which AWS writes into its own trail as well, so that a customer can see what was asked."""
    return {"EncryptionContext": {"askorac": "data key v1", "organization": str(organization_id)}}
