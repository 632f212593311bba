"""`flask config`, as an operator types it: what is in force, where it comes from, and no secret."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config import ROOT
from tests.conftest import NO_DOTENV
from tests.unit.test_config import NAMES, SECRET

TOKEN = "a-token-that-nobody-must-see"
S3 = {"S3_BUCKET": "pictures", "AWS_REGION": "eu-central-1", "SECRET_KEY": SECRET}


def run(env: dict[str, str], *options: str, folder: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    """Run the command with these variables alone."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "config", *options]
    dotenv = NO_DOTENV if folder == ROOT else {}
    done = subprocess.run(command, cwd=folder, env={**dotenv, **env}, capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr
    return done


def settings(done: "subprocess.CompletedProcess[str]") -> dict[str, tuple[str, str]]:
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)["settings"]
    return {each["name"]: (each["value"], each["source"]) for each in found}


def test_without_settings_it_tells_what_the_embedded_store_decides_and_starts_none(tmp_path: Path) -> None:
    found = settings(run({"INSTANCE_PATH": str(tmp_path / "instance")}, "--json"))
    assert found.keys() == NAMES
    assert found["PUBLIC_BASE_URL"] == ("http://localhost:8000/i", "embedded store")
    assert found["PORT"] == ("8000", "default")
    assert found["INSTANCE_PATH"][1] == "environment"
    assert not (tmp_path / "instance").exists()


def test_site_decides_where_to_listen() -> None:
    found = settings(run({"SITE_URL": "https://img.example.org"}, "--json"))
    assert found["SITE_URL"] == ("https://img.example.org", "environment")
    assert (found["HOST"], found["PORT"]) == (("::", "chosen from SITE_URL"), ("443", "chosen from SITE_URL"))


def test_no_secret_is_printed() -> None:
    redis = "redis://:redis-password@redis.test:6379/0"
    env = {**S3, "UPLOAD_TOKENS": TOKEN, "RATE_LIMIT_STORAGE_URI": redis, "AWS_SECRET_ACCESS_KEY": "the-key-itself"}
    env |= {"VERIFY_URL": "https://check.test/", "VERIFY_SECRET": "the-key-of-the-check-" * 2}
    for options in ([], ["--json"]):
        said = run(env, *options)
        assert said.returncode == 0
        for secret in (SECRET, TOKEN, "redis-password", "the-key-itself", env["VERIFY_SECRET"]):
            assert secret not in said.stdout + said.stderr
        assert "(1 key, not shown)" in said.stdout
        assert "(1 token, not shown)" in said.stdout
        assert "redis://(not shown)@redis.test:6379/0" in said.stdout


def test_wrong_settings_are_told_with_their_source() -> None:
    done = run({**S3, "PORT": "many", "SECRET_KEY": "hunter2"})
    assert (done.returncode, done.stdout) == (1, "")
    assert "PORT (environment): Not a valid integer." in done.stderr
    assert "SECRET_KEY (environment): Each must have 32 characters" in done.stderr
    assert "hunter2" not in done.stderr
    done = run({"S3_BUCKET": "pictures"}, "--json")
    assert done.returncode == 1
    problems = json.loads(done.stdout)["problems"]
    assert [(each["name"], each["source"]) for each in problems] == [
        ("AWS_REGION", "not set"),
        ("SECRET_KEY", "not set"),
    ]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project with a `.env` of its own."""
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("config.py", "forms.py", "wsgi.py"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".env").write_text("PORT=9000\nMAX_PIXELS=5\n")
    return tmp_path


def test_file_is_told_from_the_environment_which_wins(project: Path) -> None:
    found = settings(run({"MAX_PIXELS": "7"}, "--json", folder=project))
    assert found["PORT"] == ("9000", ".env")
    assert found["MAX_PIXELS"] == ("7", "environment")
    assert found["S3_PORT"][1] == "default"


def test_other_commands_still_name_wrong_settings() -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "storage", "check"]
    done = subprocess.run(
        command, cwd=ROOT, env={**NO_DOTENV, "PORT": "many"}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    assert "PORT: Not a valid integer." in done.stderr
