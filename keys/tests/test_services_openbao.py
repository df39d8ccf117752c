"""Taking an OpenBao key away, and giving it back: each way, on the running server."""

from dataclasses import dataclass
from uuid import uuid4

import pytest

from askorac.net.addresses import networks_of
from askorac.sealing import KeyRevoked, KeysAway
from askorac.testing.openbao import MOUNT, OpenBao
from keys.services import Access, KeyService, UnusableAddress, service_at
from keys.services.openbao import OpenBaoService
from keys.services.openbao_server import Server

KEY = bytes(range(32))
ORGANIZATION = uuid4()


@dataclass
class Own:
    """A customer's key, as the customer set it up, and what was wrapped with it."""

    openbao: OpenBao
    key: str
    policy: str
    access: Access
    wrapped: bytes = b""

    @property
    def service(self) -> KeyService:
        return service_at(self.openbao.address_of(self.key), access=self.access, is_guarded=True)

    def opens(self) -> bool:
        """Whether it unwraps, by one call."""
        try:
            return self.service.unwrap(ORGANIZATION, self.wrapped) == KEY
        except KeyRevoked:
            return False


@pytest.fixture(autouse=True)
def customers_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.conf.settings.ALLOW_PRIVATE_ADDRESSES", networks_of("127.0.0.0/8"))


@pytest.fixture
def own(openbao: OpenBao) -> Own:
    key = openbao.make_key()
    openbao.allow_key(f"p-{key}", key)
    made = Own(openbao, key, f"p-{key}", Access(secret=openbao.make_token(f"p-{key}")))
    made.wrapped = made.service.wrap(ORGANIZATION, KEY)
    return made


def test_disabling_the_key(own: Own) -> None:
    own.openbao.disable_key(own.key)
    assert not own.opens()
    with pytest.raises(KeyRevoked):
        own.service.wrap(ORGANIZATION, KEY)
    with pytest.raises(KeyRevoked, match=f"The key {own.key} is deleted"):
        own.service.check()
    own.openbao.enable_key(own.key)
    assert own.opens()


def test_removing_the_policy(own: Own) -> None:
    own.openbao.remove_policy(own.policy)
    assert not own.opens()
    with pytest.raises(KeyRevoked, match=f'path "transit/encrypt/{own.key}" {{ capabilities = '):
        own.service.check()
    own.openbao.allow_key(own.policy, own.key)
    assert own.opens()


def test_revoking_the_token(own: Own) -> None:
    own.openbao.revoke_token(own.access.secret)
    assert not own.opens()
    own.access = Access(secret=own.openbao.make_token(own.policy))
    assert own.opens()


def test_refusing_old_versions(own: Own) -> None:
    own.openbao.rotate_key(own.key)
    config = f"{MOUNT}/keys/{own.key}/config"
    own.openbao.tell("POST", config, min_decryption_version=2)
    assert not own.opens()
    own.service.check()
    own.openbao.tell("POST", config, min_decryption_version=1)
    assert own.opens()


def test_deleting_the_key_for_good(own: Own) -> None:
    own.openbao.delete_key(own.key)
    assert not own.opens()


def test_a_key_of_somebody_else_is_never_made(own: Own) -> None:
    """Although the token might: encrypting makes keys in this engine."""
    missing = f"{own.key}-missing"
    access = Access(secret=own.openbao.root_token)
    service = service_at(own.openbao.address_of(missing), access=access, is_guarded=True)
    with pytest.raises(KeyRevoked, match=f"Make it: bao write -f transit/keys/{missing}"):
        service.check()
    with pytest.raises(KeyRevoked):
        service.wrap(ORGANIZATION, KEY)
    assert missing not in own.openbao.tell("LIST", f"{MOUNT}/keys")["data"]["keys"]


@pytest.mark.parametrize("kind", ["chacha20-poly1305", "aes128-gcm96"])
def test_other_kinds_of_key_that_bind(own: Own, kind: str) -> None:
    own.key = own.openbao.make_key(type=kind, derived=True)
    own.openbao.allow_key(own.policy, own.key)
    own.service.check()


@pytest.mark.parametrize("kind", ["rsa-2048", "ed25519"])
def test_kinds_of_key_that_do_not(own: Own, kind: str) -> None:
    own.key = own.openbao.make_key(type=kind)
    own.openbao.allow_key(own.policy, own.key)
    with pytest.raises(KeyRevoked, match="Make it an aes256-gcm96"):
        own.service.check()


def test_a_role_that_is_taken_away(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keys.services.openbao_server.FRESH_SECONDS", 0.0)
    own.access = Access(*own.openbao.make_role(own.policy))
    assert own.opens()
    own.openbao.end_secret(own.access.secret)
    assert own.opens()  # what it fetched before goes on
    for token in tokens_of(own):
        own.openbao.revoke_token(token)
    assert not own.opens()
    with pytest.raises(KeyRevoked, match="Give a new secret_id"):
        own.service.check()


def test_a_role_whose_tokens_end(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    own.access = Access(*own.openbao.make_role(own.policy))
    assert own.opens()
    for token in tokens_of(own):
        own.openbao.revoke_token(token)
    assert not own.opens()  # a fresh token is not doubted
    monkeypatch.setattr("keys.services.openbao_server.FRESH_SECONDS", 0.0)
    assert own.opens()


def test_a_role_with_short_leases(own: Own) -> None:
    own.access = Access(*own.openbao.make_role(own.policy, token_ttl="1s", token_max_ttl="1s"))
    assert own.opens()
    server_of(own)._fetched.until = 0.0
    assert own.opens()


def test_a_token_of_a_period_is_renewed(own: Own) -> None:
    token = own.openbao.make_token(own.policy, period="90s", no_parent=True)
    own.access = Access(secret=token)
    assert own.opens()
    accessor = own.openbao.tell("POST", "auth/token/lookup", token=token)["data"]
    assert accessor["last_renewal_time"] >= accessor["creation_time"]
    until = server_of(own)._renewed.until
    assert own.opens()
    assert server_of(own)._renewed.until == until  # not at each call


def test_check_without_the_right_to_destroy(openbao: OpenBao) -> None:
    keys = "askorac-*"
    rights = {
        f"{MOUNT}/encrypt/{keys}": ("create", "update"),
        f"{MOUNT}/decrypt/{keys}": ("update",),
    }
    openbao.write_policy("half", rights)
    service = service_at(openbao.address, access=Access(secret=openbao.make_token("half")))
    with pytest.raises(KeyRevoked, match=r'path "transit/keys/askorac-\*" .* "delete"'):
        service.check()


def test_check_without_an_engine(openbao: OpenBao) -> None:
    address = openbao.address.replace(MOUNT, "nowhere")
    service = service_at(address, access=Access(secret=openbao.root_token))
    with pytest.raises(KeyRevoked, match="bao secrets enable -path=nowhere transit"):
        service.check()


def test_check_leaves_nothing_behind(openbao: OpenBao) -> None:
    def keys() -> set[str]:
        return set(openbao.tell("LIST", f"{MOUNT}/keys")["data"]["keys"])

    before = keys() if openbao.make_key() else set()
    service_at(openbao.address, access=Access(secret=openbao.installation_token())).check()
    assert keys() == before


def test_the_installations_token_comes_from_the_environment(
    openbao: OpenBao, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = service_at(openbao.address)
    for name in ("KMS_TOKEN", "KMS_ROLE_ID", "KMS_SECRET_ID"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(KeysAway, match="Set KMS_TOKEN"):
        service.check()
    monkeypatch.setenv("KMS_TOKEN", openbao.installation_token())
    service.check()
    monkeypatch.delenv("KMS_TOKEN")
    role_id, secret_id = openbao.make_role("askorac")
    monkeypatch.setenv("KMS_ROLE_ID", role_id)
    monkeypatch.setenv("KMS_SECRET_ID", secret_id)
    service.check()


@pytest.mark.parametrize(
    "address",
    [
        "openbao+https://bao.example/transit",  # a customer names the key
        "openbao+http://bao.example:8200/",
        "openbao+https://bao.example/keys/one",
        "openbao+https://bao.example/transit/../sys/keys/one",
        "openbao+https://bao.example/transit/keys/a%2f..%2fb",
        "openbao+https://bao.example/transit/keys/one?token=secret",
        "openbao+https://bao.example/transit/keys/one?namespace=../x",
        "openbao+https://user:secret@bao.example/transit/keys/one",
        "openbao+https:///transit/keys/one",
        "openbao+http://10.1.2.3:8200/transit/keys/one",
        "openbao+https://10.1.2.3:8200/transit/keys/one",
        "openbao+https://169.254.169.254/transit/keys/one",
        "openbao+http://8.8.8.8:8200/transit/keys/one",
        "openbao+ftp://bao.example/transit/keys/one",
        "http://bao.example/transit/keys/one",
        "local:///srv/keys",
    ],
)
def test_addresses_that_a_customer_may_not_give(address: str) -> None:
    with pytest.raises(UnusableAddress) as refused:
        service_at(address, access=Access(secret="s.token"), is_guarded=True)
    assert "secret" not in str(refused.value)


def test_this_machine_is_the_operators_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.conf.settings.ALLOW_PRIVATE_ADDRESSES", ())
    address, access = "openbao+http://127.0.0.1:1/transit/keys/one", Access(secret="s.other")
    service_at(address, access=access)
    with pytest.raises(UnusableAddress):
        service_at(address, access=access, is_guarded=True)
    named = "openbao+http://localhost:8200/transit/keys/one"
    by_name = service_at(named, access=access, is_guarded=True)
    with pytest.raises(KeysAway, match="Plain HTTP"):
        by_name.check()


def tokens_of(own: Own) -> list[str]:
    """The tokens that the service has fetched for its AppRole."""
    return [server_of(own)._fetched.value]


def server_of(own: Own) -> Server:
    service = own.service
    assert isinstance(service, OpenBaoService)
    return service._server
