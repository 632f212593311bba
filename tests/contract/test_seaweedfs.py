"""The embedded store, as its user sees it: started, stopped, killed, and unable to start."""

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from app import embedded
from app.embedded import seaweedfs
from config import ROOT, Config
from tests.conftest import free_port, picture
from tests.contract.conftest import EVIL, User, refuses_strangers
from tests.contract.test_start import may_upload
from tests.rigs.server import Server, answers, until

PNG = picture("image/png")
WRONG = {"MAX_PIXELS": "many"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.start()
    yield server
    server.end()


def link_works(view_url: str) -> bool:
    return requests.get(view_url, timeout=60).content == PNG


def test_link_works_after_stop_and_start(server: Server) -> None:
    result = User(server.post).publish(PNG, "image/png")
    assert link_works(result["viewURL"])
    for _ in range(2):
        server.stop()
        assert not answers(server.store_url)
        server.start()
        assert link_works(result["viewURL"])
    assert User(server.post).delete(result["deleteToken"]).status_code == 204


def test_kill_of_the_master_takes_the_store_along_and_loses_nothing(server: Server) -> None:
    user = User(server.post)
    links = [user.publish(PNG, "image/png")["viewURL"] for _ in range(5)]
    staged = user.stage(PNG, "image/png")
    server.stop(signal.SIGKILL)
    until(lambda: not answers(server.store_url), 10)
    until(lambda: not answers(f"{server.url}/health"), 10)
    server.start()
    assert all(link_works(link) for link in links)
    assert user.complete(staged).status_code == 201


def test_store_comes_back_when_it_was_killed(server: Server) -> None:
    user = User(server.post)
    link = user.publish(PNG, "image/png")["viewURL"]
    upload = user.stage(PNG, "image/png")
    weeds = subprocess.run(
        ["/usr/bin/pgrep", "-f", f"s3.port={server.s3_port + 5}"], capture_output=True, text=True, check=True
    )
    for pid in weeds.stdout.split():
        if "weed" in Path(f"/proc/{pid}/comm").read_text():
            os.kill(int(pid), signal.SIGSTOP)
            slow = user.complete(upload)
            os.kill(int(pid), signal.SIGKILL)
    assert (slow.status_code, slow.json["code"]) == (503, "store_unavailable")
    assert int(slow.headers["Retry-After"]) > 0
    # init needs no store at all.
    user.init(PNG, "image/png")
    until(lambda: answers(server.store_url))
    until(lambda: user.complete(upload).status_code in (200, 201))
    assert link_works(link)


def test_store_answers_no_stranger_on_any_port(server: Server) -> None:
    link = User(server.post).publish(PNG, "image/png")["viewURL"]
    reads = ("/images/", "/buckets/", "/buckets/images/", "/dir/assign", "/dir/status", "/vol/status")
    for port in range(server.s3_port, server.s3_port + 6):
        refuses_strangers(port, reads, ("/images/uploads/x.png", "/buckets/images/uploads/x.png"))
    assert "Access-Control-Allow-Origin" not in requests.get(link, headers=EVIL, timeout=60).headers


def test_keys_are_readable_by_their_owner_alone(server: Server) -> None:
    instance = Path(server.env["INSTANCE_PATH"])
    for name in ("secret_key", "seaweedfs/s3.json", "seaweedfs/security.toml"):
        assert stat.S_IMODE((instance / name).stat().st_mode) == 0o600, name


def test_second_server_uses_the_store_that_runs(server: Server, tmp_path: Path) -> None:
    second = Server(tmp_path, S3_PORT=str(server.s3_port))
    second.start()
    link = User(second.post).publish(PNG, "image/png")["viewURL"]
    assert link_works(link)
    second.stop()
    assert link_works(link.replace(second.url, server.url))


def test_start_names_a_taken_port(tmp_path: Path) -> None:
    server = Server(tmp_path)
    with socket.create_server(("127.0.0.1", server.s3_port + 2)):
        said = server.fail()
    assert f"Port {server.s3_port + 2} is taken" in said
    assert "S3_PORT=" in said
    with socket.create_server(("127.0.0.1", server.port)):
        said = server.fail()
    assert f"Port {server.port} is taken" in said
    assert "PORT=" in said


def test_start_names_the_port_of_the_store_that_runs(server: Server, tmp_path: Path) -> None:
    said = Server(tmp_path, S3_PORT=str(server.s3_port + 20)).fail()
    assert f"S3_PORT={server.s3_port}" in said


def test_start_says_why_the_store_does_not_start(tmp_path: Path) -> None:
    data = tmp_path / "seaweedfs" / "data"
    data.mkdir(parents=True)
    (data / "filerldb2").touch()
    said = Server(tmp_path).fail()
    assert "weed did not start" in said
    assert "Not a valid folder" in said


def test_start_names_wrong_settings(tmp_path: Path) -> None:
    said = Server(tmp_path, MAX_PIXELS="many", S3_BUCKET="bucket").fail()
    assert "MAX_PIXELS" in said
    assert "SECRET_KEY" in said


def test_start_says_when_the_disk_is_full(tmp_path: Path, store: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seaweedfs, "FREE_BYTES", 2**60)
    with pytest.raises(embedded.StartFailed, match="INSTANCE_PATH"):
        embedded.start(replace(store, instance_path=tmp_path, s3_port=free_port()))


@pytest.mark.parametrize("writable", [True, False])
def test_start_says_when_there_is_no_build(
    tmp_path: Path, store: Config, monkeypatch: pytest.MonkeyPatch, writable: bool
) -> None:
    # As in the container, whose file system may also be read-only.
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    instance = tmp_path if writable else Path("/proc/instance")
    with pytest.raises(embedded.StartFailed, match=r"not installed.+S3_ENDPOINT_URL"):
        embedded.start(replace(store, instance_path=instance, s3_port=free_port()))


def test_command_line_says_what_is_wrong(tmp_path: Path) -> None:
    server = Server(
        tmp_path,
        S3_BUCKET="images",
        S3_ENDPOINT_URL=f"http://127.0.0.1:{free_port()}",
        SECRET_KEY="a secret of the tests and long enough",
        AWS_ACCESS_KEY_ID="key",
        AWS_SECRET_ACCESS_KEY="secret",
        SITE_URL="http://img.test",
    )
    commands = ("storage setup", "storage expire", "images list", "images delete -")
    says = "Could not connect to the endpoint URL"
    # No command is found before the settings are read, so one is enough for them.
    for command, env, sentence in [*((each, {}, says) for each in commands), ("images list", WRONG, "MAX_PIXELS: ")]:
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *command.split()],
            cwd=ROOT,
            env={**server.env, **env},
            input="0b9c6a52-7d1e-4c1b-9f3e-2a6f0e9d4c11.png",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 1
        assert sentence in done.stderr
        assert "Traceback" not in done.stderr


def test_command_line_prepares_and_checks_the_bucket(server: Server) -> None:
    for command, says in (("setup", "ready for"), ("check", "All is well")):
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "storage", command],
            cwd=ROOT,
            env=server.env,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert says in done.stdout
    # The store still shows pictures to the edge alone.
    link = User(server.post).publish(PNG, "image/png")["viewURL"]
    assert link_works(link)
    key = link.rpartition("/")[2]
    assert requests.get(f"http://127.0.0.1:{server.s3_port + 5}/images/uploads/{key}", timeout=60).status_code == 403


def test_command_lets_no_page_upload(server: Server) -> None:
    # The hourly `storage expire` knows neither PORT nor SITE_URL.
    env = {name: value for name, value in server.env.items() if name not in ("PORT", "SITE_URL")}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "storage", "expire"]
    subprocess.run(command, cwd=ROOT, env=env, capture_output=True, timeout=120, check=True)
    assert may_upload(server, f"http://localhost:{server.port}")
    assert not may_upload(server, "http://localhost:8000")


def flask(server: Server, line: str) -> "subprocess.CompletedProcess[str]":
    """Run a line of shell, with the project's `flask` on the PATH."""
    command = f'flask() {{ {sys.executable} -m flask --app wsgi "$@"; }}; set -o pipefail; {line}'
    return subprocess.run(
        ["/bin/bash", "-c", command], cwd=ROOT, env=server.env, capture_output=True, text=True, timeout=60, check=False
    )


def test_command_line_lists_and_takes_down_for_good(server: Server) -> None:
    user = User(server.post)
    uploads = [user.stage(PNG, "image/png", **fields) for fields in ({}, {"expiresIn": "7d"}, {})]
    links = [user.complete(upload).json["viewURL"] for upload in uploads]
    listed = flask(server, "flask images list")
    assert (sorted(line.split()[-1] for line in listed.stdout.splitlines()), listed.stderr) == (sorted(links), "")
    # This is the link that it would have had before there was an edge.
    of_old = f"http://127.0.0.1:{server.s3_port}/images/uploads/{links[0].rpartition('/')[2]}"
    done = flask(server, f"flask images delete {of_old}; flask images list | grep /7d/ | flask images delete -")
    assert (done.returncode, done.stdout.count(": deleted"), done.stderr) == (0, 2, "")
    assert [link_works(link) for link in links] == [False, False, True]
    assert [user.complete(upload).status_code for upload in uploads] == [410, 410, 200]
    assert [user.put(upload, PNG).status_code for upload in uploads] == [412] * 3


def test_command_line_lets_its_reader_go_early(server: Server) -> None:
    user = User(server.post)
    for _ in range(3):
        user.publish(PNG, "image/png")
    done = flask(server, "flask images list | true")
    assert (done.returncode, done.stderr) == (1, "")
