"""AWS Key Management Service: a symmetric key that never leaves it.

https://docs.aws.amazon.com/kms/latest/APIReference/ describes it. The library is imported when
it is first used: that takes a while, and most installations never do.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote
from uuid import UUID, uuid4

from askorac.net.faults import Forbidden
from askorac.sealing import KeyRevoked, KeysAway, SealFault, Tampered

from .base import CONNECT_SECONDS, READ_SECONDS, Access, UnusableAddress
from .exchange import AWAY, GARBLED, IN_CLEAR, Reach, checked

SCHEME: Final = "awskms"
EXAMPLE: Final = "awskms://eu-central-1/alias/askorac"
# The trust in a role may be taken back as well: then what it gave before is not used for long.
ROLE_SECONDS: Final = 15.0
_LEAST_ROLE_SECONDS: Final = 900
_MOST_WRAPPED_BYTES: Final = 6144
_REGION: Final = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-[0-9]+")
_KEY: Final = re.compile(r"(?:arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]+:(?:key/)?)?[\w/-]+", re.ASCII)
_ROLE: Final = re.compile(r"arn:aws[a-z-]*:iam::[0-9]+:role/[\w+=,.@/-]+", re.ASCII)
_TOO_MANY: Final = 429
_SERVER_FAULT: Final = 500

_TAMPERED: Final = {"InvalidCiphertextException", "IncorrectKeyException"}
_BUSY: Final = {"ThrottlingException", "LimitExceededException", "Throttling"}
_NOT_YET: Final = {"DependencyTimeoutException", "KeyUnavailableException", "KMSInternalException"}
_DENIED: Final = {"AccessDeniedException", "AccessDenied"}
_MISSING: Final = {"NotFoundException"}
_CLOSED: Final = {"DisabledException", "KMSInvalidStateException"}
_WRONG_KIND: Final = {"InvalidKeyUsageException", "UnsupportedOperationException"}

NOBODY: Final = (
    "This machine has nothing to ask AWS with. Give it a role, or AWS_ACCESS_KEY_ID and"
    " AWS_SECRET_ACCESS_KEY."
)
BUSY: Final = "AWS is asked more often than it allows. Raise the quota of this account."
ROLE_REFUSED: Final = (
    "AWS does not let us take on this role. Let the account of whoever runs AskOrac do so in its"
    " trust policy, with the id of this organization as external id."
)


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

    def __init__(self, client: "Client", key: str) -> None:
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

    def _encrypt(self, organization_id: UUID, plain: bytes) -> "Answer":
        fields = {"KeyId": self._key, "Plaintext": plain, **_context(organization_id)}
        return self._client.ask("encrypt", organization_id, fields)

    def _decrypt(
        self, organization_id: UUID, wrapped: bytes, *, bound_to: UUID | None = None
    ) -> "Answer":
        context = _context(bound_to or organization_id)
        fields = {"KeyId": self._key, "CiphertextBlob": wrapped, **context}
        return self._client.ask("decrypt", organization_id, fields)

    def _told(self, answer: "Answer", action: str) -> "Answer":
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


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What AWS said: its fields, or the code of its refusal."""

    fields: dict[str, Any]
    code: str = ""

    def bytes(self, name: str) -> "bytes":
        """A field. Raises Tampered or KeyRevoked for a refusal, KeysAway if it is not there."""
        if self.code:
            raise Tampered if self.code in _TAMPERED else KeyRevoked
        value = self.fields.get(name)
        if not isinstance(value, bytes):
            raise KeysAway(GARBLED)
        return value


@dataclass(slots=True, repr=False, eq=False)
class Client:
    """Asks in one region, as the machine, with an access key, or in a role."""

    region: str
    access: Access
    endpoint: str | None
    _made_for: dict[UUID | None, tuple[Any, float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def _is_role(self) -> bool:
        return self.access.name.startswith("arn:")

    def ask(self, operation: str, organization_id: UUID, fields: dict[str, Any]) -> Answer:
        """What AWS says. Raises KeysAway where it says nothing, KeyRevoked for a refused role."""
        who = organization_id if self._is_role else None
        outcome = _outcome(lambda: getattr(self._client(who), operation)(**fields))
        if isinstance(outcome, SealFault):
            raise outcome
        return outcome

    def _client(self, who: UUID | None) -> Any:
        """The client that asks for an organization in a role, or for all of them."""
        with self._lock:
            made, until = self._made_for.get(who, (None, 0.0))
            if made is None or time.monotonic() >= until:
                self._close_old()
                made = self._made("kms", self._given()) if who is None else self._in_role(who)
                lasts = ROLE_SECONDS if self._is_role else float("inf")
                self._made_for[who] = made, time.monotonic() + lasts
            return made

    def _close_old(self) -> None:
        now = time.monotonic()
        for who, (made, until) in list(self._made_for.items()):
            if now >= until:
                made.close()  # what is in use goes on
                del self._made_for[who]

    def _given(self) -> dict[str, str]:
        if not self.access.name:
            return {}
        return {
            "aws_access_key_id": self.access.name,
            "aws_secret_access_key": self.access.secret,
        }

    def _in_role(self, organization_id: UUID) -> Any:
        sts = self._made("sts", {})
        answer = _outcome(
            lambda: sts.assume_role(
                RoleArn=self.access.name,
                RoleSessionName="askorac",
                DurationSeconds=_LEAST_ROLE_SECONDS,
                ExternalId=str(organization_id),
            )
        )
        sts.close()
        if isinstance(answer, SealFault):
            raise answer
        if answer.code:
            raise KeyRevoked(ROLE_REFUSED)
        lent = answer.fields["Credentials"]
        return self._made(
            "kms",
            {
                "aws_access_key_id": lent["AccessKeyId"],
                "aws_secret_access_key": lent["SecretAccessKey"],
                "aws_session_token": lent["SessionToken"],
            },
        )

    def _made(self, service: str, given: dict[str, str]) -> Any:
        from botocore.config import Config

        bounds = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": 1, "mode": "standard"},
        )
        where = {"region_name": self.region, "endpoint_url": self.endpoint}
        with _making:
            return _session().client(service, config=bounds, **where, **given)


_making: Final = Lock()


@cache
def _session() -> Any:
    """What the library knows of AWS: 200 ms to read, and to be used by one thread at a time."""
    from boto3.session import Session

    return Session()


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


def _outcome(ask: Callable[[], Any]) -> Answer | SealFault:
    """What came of it. A fault is returned: the library's exceptions hold what was sent."""
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    try:
        return Answer(ask() or {})
    except SealFault as fault:
        return type(fault)(fault.sentence)
    except NoCredentialsError:
        return KeysAway(NOBODY)
    except ClientError as error:
        said, status = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
        return _refusal(str(said.get("Code", "")), int(status.get("HTTPStatusCode", 0)))
    except (BotoCoreError, ValueError):
        return KeysAway(AWAY)
    except (AttributeError, KeyError, TypeError):
        return KeysAway(GARBLED)  # so its parser fails on JSON of another shape


def _refusal(code: str, status: int) -> Answer | KeysAway:
    if code in _BUSY or status == _TOO_MANY:
        return KeysAway(BUSY)
    if code in _NOT_YET or status >= _SERVER_FAULT:
        return KeysAway(AWAY)
    if not code or code.isdecimal() or code == "Unknown":
        return KeysAway(GARBLED)  # a page of something else
    return Answer({}, code)
