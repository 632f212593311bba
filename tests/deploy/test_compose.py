"""The compose files: sound by compose's own schema, closed by default, and settings that exist."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config import ROOT
from tests.deploy import compose

BIN = Path(sys.executable).parent
SECRETS = {"SECRET_KEY": "k" * 64, "S3_KEY_ID": "i" * 64, "S3_SECRET": "s" * 64}
SITE = {"SITE_URL": "https://img.example.org"}
SETTINGS = set(re.findall(r'env\.\w+\(\s*"([A-Z0-9_]+)"', (ROOT / "config.py").read_text()))
RULES = {
    name for file in (ROOT / "deploy" / "caddy").iterdir() for name in re.findall(r"\{\$(\w+)\}", file.read_text())
}
PINNED = re.compile(r"[a-z0-9]+:[\w.-]+@sha256:[0-9a-f]{64}")


@pytest.fixture(scope="module")
def standalone() -> dict[str, Any]:
    return compose.load("compose.yaml")["services"]["image-host"]


@pytest.fixture(scope="module")
def parts() -> dict[str, Any]:
    return compose.load("compose.parts.yaml", **SITE, **SECRETS)


def services() -> list[Any]:
    found = []
    for file in compose.FILES:
        if file.name != "compose.https.yaml":
            each = compose.load(file.name, **SITE, **SECRETS)["services"]
            found += [pytest.param(service, id=f"{file.name}-{name}") for name, service in each.items()]
    return found


@pytest.mark.parametrize("file", compose.FILES, ids=lambda file: file.name)
def test_schema_of_compose_finds_nothing(file: Path) -> None:
    done = subprocess.run(
        [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", file], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_schema_of_compose_finds_what_is_wrong(tmp_path: Path) -> None:
    broken = tmp_path / "compose.yaml"
    broken.write_text((compose.FOLDER / "compose.yaml").read_text().replace("read_only", "readonly"))
    done = subprocess.run(
        [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", broken], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "readonly" in done.stdout


@pytest.mark.parametrize("service", services())
def test_service_is_closed(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.keys() & {"privileged", "cap_add", "network_mode", "pid", "ipc", "devices", "userns_mode"}
    assert service["image"] == "image-host:standalone" or PINNED.fullmatch(service["image"])
    assert service.get("user") != "root"


@pytest.mark.parametrize("service", services())
def test_dependency_is_waited_for(service: dict[str, Any]) -> None:
    allowed = {"service_healthy", "service_completed_successfully"}
    assert {each["condition"] for each in service.get("depends_on", {}).values()} <= allowed


@pytest.mark.parametrize("service", services())
def test_service_is_checked_by_what_it_does(service: dict[str, Any]) -> None:
    command = " ".join(service.get("command", ["gunicorn"]))
    check = service.get("healthcheck", {})
    if "storage " in command:
        assert check == {"disable": True}
    elif not command.startswith("gunicorn"):
        assert check["test"][0] == "CMD"
    else:
        # The image's own.
        assert not check
    dockerfile = (ROOT / "Dockerfile").read_text()
    stage = dockerfile[dockerfile.index("AS standalone") :].partition("\nFROM ")[0]
    assert 'CMD ["python", "healthcheck.py"]' in stage


def test_standalone_is_for_this_machine_alone_until_told_otherwise(standalone: dict[str, Any]) -> None:
    assert standalone["ports"] == ["127.0.0.1:8000:8000"]
    shown = compose.load("compose.yaml", LISTEN="0.0.0.0", PORT="9000")["services"]["image-host"]
    assert shown["ports"] == ["0.0.0.0:9000:9000"]
    https = compose.load("compose.https.yaml", **SITE)["services"]["image-host"]
    assert https["ports"] == ["80:80", "443:443", "443:443/udp"]
    with pytest.raises(KeyError, match="SITE_URL"):
        compose.load("compose.https.yaml")


def test_standalone_keeps_all_in_one_volume(standalone: dict[str, Any]) -> None:
    assert standalone["volumes"] == ["data:/data"]
    assert standalone["build"]["target"] == "standalone"
    dockerfile = (ROOT / "Dockerfile").read_text()
    stage = dockerfile[dockerfile.index("AS standalone") :].partition("\nFROM ")[0]
    assert "ENV INSTANCE_PATH=/data\n" in stage
    assert "\nVOLUME /data\n" in stage


def test_other_images_carry_no_store() -> None:
    stages = re.split(r"^FROM ", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)[1:]
    with_store = [stage for stage in stages if "embedded" in stage]
    assert [stage.partition("\n")[0] for stage in with_store] == ["packages AS embedded", "api AS standalone"]
    # What is built where no target is named.
    assert stages[-1].startswith("api\n")


def test_standalone_takes_every_setting_that_concerns_it(standalone: dict[str, Any]) -> None:
    of_another_store = {name for name in SETTINGS if name.startswith("S3_")} | {
        "AWS_REGION",
        "CLOUDFRONT_DISTRIBUTION_ID",
        "RATE_LIMIT_STORAGE_URI",
    }
    of_the_image = {"HOST", "INSTANCE_PATH", "GIT_COMMIT"}
    assert set(standalone["environment"]) == SETTINGS - of_another_store - of_the_image
    # None has a value here, so none has a default here, and no secret is everybody's.
    assert set(standalone["environment"].values()) == {None}


def test_parts_take_every_setting_that_concerns_them(parts: dict[str, Any], standalone: dict[str, Any]) -> None:
    # The edge has the certificate, and no port of a container's is shown.
    of_one_container = {"TLS", "PORT", "METRICS_PORT", "METRICS_HOST"}
    of_the_proxy = {"ALLOWED_HOSTS"}
    api = set(parts["services"]["api-1"]["environment"])
    assert set(standalone["environment"]) - api == of_one_container | of_the_proxy


def test_parts_take_settings_that_exist(parts: dict[str, Any]) -> None:
    aws = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    for name, service in parts["services"].items():
        named = set(service.get("environment", {}))
        if name == "edge":
            assert named <= RULES | {"XDG_DATA_HOME"}
        else:
            assert named <= SETTINGS | aws
    edge, api = parts["services"]["edge"]["environment"], parts["services"]["api-1"]["environment"]
    for shared in edge.keys() & api.keys():
        assert edge[shared] == api[shared]
    assert parts["services"]["api-1"] == parts["services"]["api-2"]


@pytest.mark.parametrize("missing", sorted(SECRETS | SITE))
def test_parts_have_no_secret_of_their_own(missing: str) -> None:
    given = {name: value for name, value in (SECRETS | SITE).items() if name != missing}
    with pytest.raises(KeyError, match=missing):
        compose.load("compose.parts.yaml", **given)


def test_no_secret_has_a_default(parts: dict[str, Any], standalone: dict[str, Any]) -> None:
    named = [item for each in (standalone, *parts["services"].values()) for item in each.get("environment", {}).items()]
    secret = {value for name, value in named if re.search("SECRET|KEY|TOKEN|PASSWORD", name)}
    assert secret == {None, *SECRETS.values()}


def test_only_the_edge_is_shown(parts: dict[str, Any]) -> None:
    assert {name for name, service in parts["services"].items() if "ports" in service} == {"edge"}
    assert parts["services"]["edge"]["ports"] == ["80:80", "443:443", "443:443/udp"]
    assert parts["networks"]["inside"] == {"internal": True}
    outside = {name for name, service in parts["services"].items() if service["networks"] != ["inside"]}
    assert outside == {"edge"}


def test_every_volume_is_named_and_used(parts: dict[str, Any]) -> None:
    used = {volume for service in parts["services"].values() for volume in service.get("volumes", [])}
    assert used == {"certificates:/data", "pictures:/data"}
    assert set(parts["volumes"]) == {"certificates", "pictures"}


@pytest.mark.parametrize("options", ["", "tls internal"])
def test_edge_of_the_parts_is_what_caddy_reads(parts: dict[str, Any], tmp_path: Path, options: str) -> None:
    env = {
        **compose.environment(parts["services"]["edge"], {}),
        "EDGE_SITE_OPTIONS": options,
        "XDG_DATA_HOME": str(tmp_path),
        "HOME": str(tmp_path),
        "PATH": os.defpath,
    }
    _, _, *config = parts["services"]["edge"]["command"]

    def caddy(command: str) -> str:
        done = subprocess.run([BIN / "caddy", command, *config], cwd=ROOT, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        # "Not formatted" would be a warning too.
        assert '"warn"' not in done.stderr
        return done.stdout

    caddy("validate")
    adapted = caddy("adapt")
    assert set(re.findall(r'"dial":"([^"]+)"', adapted)) == {"api-1:8000", "api-2:8000", "store:8333"}
    apps = json.loads(adapted)["apps"]
    (server,) = apps["http"]["servers"].values()
    assert server["listen"] == [":443"]
    assert server["routes"][0]["match"] == [{"host": ["img.example.org"]}]
    assert ("internal" in adapted) == bool(options)
