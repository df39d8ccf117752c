"""What a new installation needs before its first start: secrets, certificates, the root key.

    deploy/run first-start --folder FOLDER --keys FOLDER [--postgres HOST] [--valkey HOST] [--plain]
        [--owner UID] [--engines-owner UID] [--new-secret-key]

Makes what is missing and changes nothing that is there, so it may run at every start; but for
`--new-secret-key`, which puts the present one beside its former ones and makes another. What one
process must not read lies in a folder of its own: `app` is for all of ours, `owner` for migrations
and the indexer, `superuser` for migrations, `backup` for backups, `postgres` and `valkey` for the
engines. The key that signs the certificates of the engines is thrown away after use.
"""

import argparse
import base64
import datetime
import ipaddress
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DATABASE = "askorac"
LOGINS = {
    "app/database_url": "orac_app",
    "app/database_accounts_url": "orac_accounts",
    "app/database_staff_url": "orac_staff",
    "owner/database_owner_url": "orac_owner",
    "backup/database_backup_url": "orac_backup",
}
DAYS = 3650
HBA = """\
local   all all     scram-sha-256
hostssl all all all scram-sha-256
"""
VALKEY = """\
port 0
tls-port 6379
tls-cert-file /run/valkey/server.pem
tls-key-file /run/valkey/server.key
tls-ca-cert-file /run/valkey/server.pem
tls-auth-clients no
tls-protocols TLSv1.3
requirepass {password}
appendonly yes
appendfsync everysec
maxmemory-policy noeviction
"""
# Included by the configuration of a Valkey on this machine.
PLAIN_VALKEY = """\
bind 127.0.0.1
requirepass {password}
appendonly yes
appendfsync everysec
maxmemory-policy noeviction
"""
SECRET_KEY, FORMER = "app/secret_key", "app/secret_key_fallbacks"


@dataclass(frozen=True, slots=True)
class Place:
    """Where secrets go, and whose they are (None: the one who runs this)."""

    folder: Path
    keys: Path
    owner: int | None
    engines_owner: int | None

    def write(self, name: str, make: Callable[[], str], *, anew: bool = False) -> str:
        """The contents of a file, which is made if it is not there, or `anew`."""
        path = self.keys / "root" if name == "keys/root" else self.folder / name
        if path.exists() and not anew:
            return path.read_text(encoding="utf-8")
        is_engine = name.startswith(("postgres/", "valkey/"))
        owner = self.engines_owner if is_engine else self.owner
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = make()
        unfinished = path.with_name(f"{path.name}.unfinished")
        unfinished.touch(mode=0o600)
        unfinished.write_text(text, encoding="utf-8")
        if owner is not None:
            os.chown(unfinished, owner, owner)
            os.chown(path.parent, owner, owner)
            path.parent.chmod(0o700)
        unfinished.replace(path)
        return text


def main() -> None:
    """Make everything that is missing."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--keys", type=Path, required=True)
    parser.add_argument("--postgres", default="127.0.0.1:5432")
    parser.add_argument("--valkey", default="127.0.0.1:6379")
    parser.add_argument("--plain", action="store_true", help="no TLS: engines on this machine")
    parser.add_argument("--owner", type=int)
    parser.add_argument("--engines-owner", type=int)
    parser.add_argument("--new-secret-key", action="store_true", help="and keep what was sealed")
    given = parser.parse_args()
    place = Place(given.folder, given.keys, given.owner, given.engines_owner)
    place.write("keys/root", lambda: base64.b64encode(os.urandom(32)).decode())
    _secret_key(place, is_new=given.new_secret_key)
    authority = None if given.plain else place.folder / "app" / "ca.pem"
    _database(place, given.postgres, authority)
    _broker(place, given.valkey, authority)
    if authority is not None:
        _certificates(place, given.postgres, given.valkey)


def _secret_key(place: Place, *, is_new: bool) -> None:
    former = place.write(FORMER, str)
    present = place.write(SECRET_KEY, _random)
    if is_new:  # the former ones first: if this ends between the two, nothing is lost
        known = ",".join([present, *filter(None, former.split(","))])
        place.write(FORMER, lambda: known, anew=True)
        place.write(SECRET_KEY, _random, anew=True)


def _random() -> str:
    return secrets.token_urlsafe(48)


def _database(place: Place, host: str, authority: Path | None) -> None:
    options = f"?sslmode=verify-full&sslrootcert={authority}" if authority else ""
    for name, role in LOGINS.items():
        url = f"postgresql://{role}:{secrets.token_hex(24)}@{host}/{DATABASE}{options}"
        place.write(name, lambda url=url: url)  # type: ignore[misc]  # bound at once
    password = place.write("postgres/password", lambda: secrets.token_hex(24))
    superuser = f"postgresql://postgres:{password}@{host}/postgres{options}"
    place.write("superuser/database_superuser_url", lambda: superuser)
    if authority:
        place.write("postgres/pg_hba.conf", lambda: HBA)


def _broker(place: Place, host: str, authority: Path | None) -> None:
    password = place.write("valkey/password", lambda: secrets.token_hex(24))
    configuration = VALKEY if authority else PLAIN_VALKEY
    place.write("valkey/valkey.conf", lambda: configuration.format(password=password))
    options = f"?ssl_cert_reqs=required&ssl_ca_certs={authority}" if authority else ""
    scheme = "rediss" if authority else "redis"
    place.write("app/redis_url", lambda: f"{scheme}://:{password}@{host}/0{options}")


def _certificates(place: Place, postgres: str, valkey: str) -> None:
    """One authority for both engines, new unless all of its certificates are there."""
    names = {"postgres": postgres, "valkey": valkey}
    wanted = [place.folder / "app" / "ca.pem"]
    wanted += [place.folder / engine / "server.pem" for engine in names]
    if all(path.exists() for path in wanted):
        return
    for path in wanted:
        path.unlink(missing_ok=True)
        path.with_suffix(".key").unlink(missing_ok=True)
    signer = ec.generate_private_key(ec.SECP256R1())
    issuer = _name("AskOrac engines")
    ca = _builder(issuer, issuer, signer.public_key())
    ca = ca.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    ca = ca.add_extension(_usage(signs=True), critical=True)
    identifier = x509.SubjectKeyIdentifier.from_public_key(signer.public_key())
    ca = ca.add_extension(identifier, critical=False)
    for engine, address in names.items():
        host = address.rpartition(":")[0]
        key = ec.generate_private_key(ec.SECP256R1())
        server = _builder(_name(host), issuer, key.public_key())
        server = server.add_extension(x509.SubjectAlternativeName([_alternative(host)]), False)
        server = server.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        server = server.add_extension(_usage(signs=False), critical=True)
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        server = server.add_extension(purpose, critical=False)
        from_ca = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
        server = server.add_extension(from_ca, critical=False)
        pem = _pem(server.sign(signer, hashes.SHA256()))
        place.write(f"{engine}/server.key", lambda key=key: _private(key))  # type: ignore[misc]
        place.write(f"{engine}/server.pem", lambda pem=pem: pem)  # type: ignore[misc]
    # Last, so that an interrupted start makes them all again.
    place.write("app/ca.pem", lambda: _pem(ca.sign(signer, hashes.SHA256())))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _private(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


if __name__ == "__main__":
    main()
