"""Asking AWS by its library, which is imported when it is first used: that takes a while, and
most installations never do."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Any, Final
from uuid import UUID

from askorac.sealing import KeyRevoked, KeysAway, SealFault, Tampered

from .base import CONNECT_SECONDS, READ_SECONDS, Access
from .exchange import AWAY, GARBLED

# The trust in a role may be taken back as well: then what it gave before is not used for long.
ROLE_SECONDS: Final = 15.0
_LEAST_ROLE_SECONDS: Final = 900
_TOO_MANY: Final = 429
_SERVER_FAULT: Final = 500
_TAMPERED: Final = {"InvalidCiphertextException", "IncorrectKeyException"}
_BUSY: Final = {"ThrottlingException", "LimitExceededException", "Throttling"}
_NOT_YET: Final = {"DependencyTimeoutException", "KeyUnavailableException", "KMSInternalException"}
NOBODY: Final = (
    "This machine has nothing to ask AWS with. Give it a role, or AWS_ACCESS_KEY_ID and"
    " AWS_SECRET_ACCESS_KEY."
)
BUSY: Final = "AWS is asked more often than it allows. Raise the quota of this account."
ROLE_REFUSED: Final = (
    "AWS does not let us take on this role. Let the account of whoever runs AskOrac do so in its"
    " trust policy, with the id of this organization as external id."
)


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
