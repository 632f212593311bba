"""Every way to start, as a person types it: on any port and address, with few resources, ended by Ctrl-C."""

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from config import OPEN_FILES, ROOT
from tests.conftest import NO_DOTENV, picture
from tests.contract.conftest import User
from tests.rigs.server import OFFLINE, Server, answers, until
from tests.rigs.terminal import Terminal

PNG = picture("image/png")
PREFLIGHT = {
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": "content-type,if-none-match",
}


def may_upload(server: Server, origin: str) -> bool:
    """Say whether the store lets a page of `origin` PUT with a URL that this server signed."""
    upload = User(server.post).init(PNG, "image/png")
    answer = requests.options(upload["uploadURL"], headers={**PREFLIGHT, "Origin": origin}, timeout=60)
    return answer.headers.get("Access-Control-Allow-Origin") == origin


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.end()


# Any port, by any command


@pytest.mark.parametrize("by_environment", [False, True])
def test_flask_run_knows_its_own_port(server: Server, by_environment: bool) -> None:
    if by_environment:
        server.run_by_flask().env["FLASK_RUN_PORT"] = str(server.port)
    else:
        server.run_by_flask("--port", str(server.port))
    server.start()
    result = User(server.post).publish(PNG, "image/png")
    assert result["deleteURL"].startswith(f"http://localhost:{server.port}/")
    for host in ("localhost", "127.0.0.1"):
        assert may_upload(server, f"http://{host}:{server.port}")
    for port in (8000, 5000, server.port + 1):
        assert not may_upload(server, f"http://localhost:{port}")
    server.stop(signal.SIGINT)


def test_flask_run_knows_its_own_address(server: Server) -> None:
    server.run_by_flask("--port", str(server.port)).env["FLASK_RUN_HOST"] = "::1"
    server.url = f"http://[::1]:{server.port}"
    server.start()
    assert User(server.post).publish(PNG, "image/png")["deleteURL"].startswith(server.url)
    assert may_upload(server, server.url)


def test_two_servers_on_one_store_both_upload(server: Server, tmp_path: Path) -> None:
    server.env["CORS_ORIGINS"] = "https://friend.test"
    server.start()
    second = Server(tmp_path, S3_PORT=str(server.s3_port))
    second.run_by_flask("--port", str(second.port)).start()
    try:
        for origin in (server.url, second.url, "https://friend.test"):
            assert may_upload(second, origin), origin
        # The first had started the store, which goes with it; the second must get its pages back with the store.
        server.stop()
        del server.env["CORS_ORIGINS"]
        server.start()
        for origin in (server.url, second.url):
            assert may_upload(server, origin), origin
        assert not may_upload(server, "https://friend.test")
        # No command removes an origin either.
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "storage", "setup", "--no-check"]
        subprocess.run(command, cwd=ROOT, env=server.env, timeout=60, check=True, capture_output=True)
        assert may_upload(server, second.url)
    finally:
        second.stop()


def test_server_listens_on_ipv6(server: Server) -> None:
    server.env["HOST"] = "::1"
    server.url = f"http://[::1]:{server.port}"
    server.start()
    assert User(server.post).publish(PNG, "image/png")["deleteURL"].startswith(server.url)
    assert may_upload(server, server.url)
    taken = Server(Path(server.env["INSTANCE_PATH"]), HOST="::1", PORT=str(server.port), S3_PORT=str(server.s3_port))
    assert f"Port {server.port} is taken" in taken.fail()
    said = server.stop()
    assert f"Image host: {server.url}\n" in said


@pytest.mark.parametrize(
    ("host", "bind"),
    [("::", "[::]:8000"), ("::1", "[::1]:8000"), ("0.0.0.0", "0.0.0.0:8000"), ("localhost", "localhost:8000")],
)
def test_gunicorn_is_told_each_address_in_its_form(host: str, bind: str) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--print-config"],
        cwd=ROOT,
        env={**NO_DOTENV, **OFFLINE, "PATH": os.environ["PATH"], "HOST": host},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert re.search(r"^bind += (.+)$", shown.stdout, re.MULTILINE)[1] == f"['{bind}']"


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_address_of_another_machine_is_named(server: Server, host: str) -> None:
    server.env["HOST"] = host
    assert f"can't listen on {host}" in server.fail()


# Few resources


# Both commands start the store by one function, so one kind is enough for the second.
@pytest.mark.parametrize(
    ("command", "kind"),
    [("gunicorn", "file"), ("gunicorn", "folder of a file"), ("gunicorn", "read-only"), ("flask", "file")],
)
def test_instance_folder_that_can_not_be_used_is_named(server: Server, tmp_path: Path, kind: str, command: str) -> None:
    if kind == "read-only":
        # Nobody can write there, not even root.
        instance = Path("/proc/instance")
    else:
        instance = tmp_path / "instance"
        instance.write_text("")
        if kind == "folder of a file":
            instance /= "deeper"
    server.env["INSTANCE_PATH"] = str(instance)
    if command == "flask":
        server.run_by_flask("--port", str(server.port))
    said = server.fail()
    assert str(instance) in said
    assert "INSTANCE_PATH" in said
    assert "S3_BUCKET" in said


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("gunicorn", "secret_key"),
        ("gunicorn", "seaweedfs/s3.json"),
        ("gunicorn", "seaweedfs/security.toml"),
        ("flask", "secret_key"),
    ],
)
def test_empty_key_is_named(server: Server, name: str, command: str) -> None:
    path = Path(server.env["INSTANCE_PATH"]) / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    if command == "flask":
        server.run_by_flask("--port", str(server.port))
    said = server.fail()
    assert f"{path} is broken" in said
    assert "elete the file" in said


def test_keys_of_the_store_may_be_made_anew(server: Server) -> None:
    server.start()
    result = User(server.post).publish(PNG, "image/png")
    server.stop()
    for name in ("s3.json", "security.toml"):
        (Path(server.env["INSTANCE_PATH"]) / "seaweedfs" / name).unlink()
    server.start()
    assert requests.get(result["viewURL"], timeout=60).content == PNG
    assert User(server.post).delete(result["deleteToken"]).status_code == 204
    assert User(server.post).publish(PNG, "image/png")


def test_server_raises_its_own_limit_of_open_files(server: Server) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    server.limit_files(64, hard)
    server.start()
    assert User(server.post).publish(PNG, "image/png")


@pytest.mark.parametrize("command", ["gunicorn", "flask"])
def test_too_few_open_files_are_named(server: Server, command: str) -> None:
    server.limit_files(256, 256)
    if command == "flask":
        server.run_by_flask("--port", str(server.port))
    said = server.fail()
    assert "256" in said
    assert f"ulimit -n {OPEN_FILES}" in said


def copy_of_the_application(folder: Path) -> Path:
    for name in ("app", "deploy/caddy", *(file.name for file in ROOT.glob("*.py"))):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    return folder


@pytest.mark.parametrize("command", ["gunicorn", "flask"])
def test_dotenv_is_read_by_every_command_and_the_environment_wins(
    server: Server, tmp_path_factory: pytest.TempPathFactory, command: str
) -> None:
    server.folder = copy_of_the_application(tmp_path_factory.mktemp("project"))
    (server.folder / ".env").write_text("MAX_PIXELS=1234\nMAX_UPLOAD_BYTES=9999\n")
    for name in NO_DOTENV:
        del server.env[name]
    server.env["MAX_UPLOAD_BYTES"] = "5678"
    if command == "flask":
        server.run_by_flask("--port", str(server.port))
    server.start()
    limits = requests.get(f"{server.url}/uploads/limits", timeout=60).json()
    assert (limits["maxPixels"], limits["maxUploadBytes"]) == (1234, 5678)


# Ctrl-C


@pytest.mark.parametrize("options", [[], ["--debug"]], ids=["plain", "reload"])
@pytest.mark.parametrize("times", [1, 5])
def test_ctrl_c_ends_flask_run_in_silence(server: Server, options: list[str], times: int) -> None:
    server.run_by_flask("--port", str(server.port), *options)
    terminal = Terminal([sys.executable, "-m", *server.command], server.env)
    terminal.until(lambda: answers(f"{server.url}/health/ready"))
    for _ in range(times):
        terminal.press_ctrl_c()
    said = terminal.end()
    assert "Traceback" not in said
    assert "KeyboardInterrupt" not in said
    assert not answers(server.store_url)


def test_sigterm_after_ctrl_c_changes_nothing(server: Server) -> None:
    # `make dev` sends one to a flask that has got its Ctrl-C already.
    server.run_by_flask("--port", str(server.port), "--debug")
    terminal = Terminal([sys.executable, "-m", *server.command], server.env)
    terminal.until(lambda: answers(f"{server.url}/health/ready"))
    os.kill(terminal.pid, signal.SIGINT)
    for _ in range(200_000):
        os.kill(terminal.pid, signal.SIGTERM)
    assert "Traceback" not in terminal.end()
    assert not answers(server.store_url)


@pytest.mark.parametrize("seen", ["seaweedfs", "seaweedfs/weed.log", "seaweedfs/origins"])
def test_ctrl_c_ends_a_start_in_silence(server: Server, seen: str) -> None:
    terminal = Terminal([sys.executable, "-m", "gunicorn"], server.env)
    instance = Path(server.env["INSTANCE_PATH"])
    terminal.until((instance / seen).exists)
    terminal.press_ctrl_c()
    said = terminal.end()
    assert "Traceback" not in said
    until(lambda: not answers(server.store_url), 60)
