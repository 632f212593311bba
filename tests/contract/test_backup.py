"""A backup under load, everything wiped, and a restore on other ports: what the world sees is the same again."""

import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from config import ROOT
from tests.conftest import FORMATS, picture
from tests.contract.conftest import User
from tests.rigs.server import Server, until

PNG = picture("image/png")
EXPIRIES: list[dict[str, str]] = [{}, *({"expiresIn": expiry} for expiry in ("1d", "7d", "30d"))]
#: What a link shows beside its bytes.
HEADERS = ("Content-Type", "Content-Disposition", "Cache-Control", "Expires", "X-Amz-Meta-Width", "X-Amz-Meta-Height")


def flask(env: dict[str, str], *command: str, **options: Any) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "storage", *command],
        cwd=ROOT,
        env=env,
        capture_output=True,
        timeout=600,
        check=False,
        **options,
    )


def look(link: str) -> tuple[Any, ...] | None:
    """Return what a link shows; None if there is nothing."""
    shown = requests.get(link, timeout=60)
    return (shown.content, *(shown.headers.get(name) for name in HEADERS)) if shown.ok else None


@dataclass
class Crowd:
    """People who upload and delete pictures; `seen` is what each link of theirs showed, `gone` those they deleted."""

    server: Server
    tokens: dict[str, str] = field(default_factory=dict)
    seen: dict[str, tuple[Any, ...] | None] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    #: Held by a delete; whoever holds it keeps the others from deleting.
    deleting: threading.Lock = field(default_factory=threading.Lock)

    def publish(self, number: int) -> None:
        kind = list(FORMATS)[number % len(FORMATS)]
        fields = {"filename": f"été {number} 東京.x", **EXPIRIES[number // len(FORMATS) % len(EXPIRIES)]}
        # One in forty is larger than what a backup holds in memory, and than SeaweedFS's pieces.
        data = picture(kind, (64 + number % 64, 48)) + (random.randbytes(5_000_000) if number % 40 == 39 else b"")
        result = User(self.server.post).publish(data, kind, **fields)
        self.tokens[result["viewURL"]] = result["deleteToken"]
        self.seen[result["viewURL"]] = look(result["viewURL"])

    def delete(self, link: str) -> None:
        self.gone.add(link)
        assert User(self.server.post).delete(self.tokens[link]).status_code == 204

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Upload and delete for as long as the block runs."""
        done = threading.Event()

        def work(seed: int) -> None:
            chance, number = random.Random(seed), seed
            while not done.is_set():
                self.publish(number := number + 7)
                if self.deleting.acquire(blocking=False):
                    self.delete(chance.choice([link for link in list(self.seen) if link not in self.gone]))
                    self.deleting.release()

        with ThreadPoolExecutor(2) as pool:
            working = [pool.submit(work, seed) for seed in range(2)]
            try:
                yield
            finally:
                done.set()
            for worker in working:
                worker.result()


def move(tmp_path: Path, count: int) -> None:
    """Back a server with `count` pictures up under load, wipe it, and restore it on other ports."""
    archive, keys, old = tmp_path / "b.tar", tmp_path / "keys", tmp_path / "old"
    first = Server(old)
    first.start()
    # Its ports are others, for those of the first are taken.
    second = Server(tmp_path / "new")
    crowd = Crowd(first)
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(crowd.publish, range(count)))
        for link in list(crowd.seen)[: count // 20]:
            crowd.delete(link)
        before = set(crowd.seen)
        with crowd.busy(), archive.open("wb") as file:
            command = [sys.executable, "-m", "flask", "--app", "wsgi", "storage", "backup", "-", "--keys", str(keys)]
            made = subprocess.Popen(command, cwd=ROOT, env=first.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            assert made.stdout
            assert made.stderr
            with made:
                # The backup stands still while nobody reads: so these deletes are all before its last look for some.
                file.write(made.stdout.read(1_000_000))
                already = len(crowd.gone)
                until(lambda: len(crowd.gone) >= already + 10)
                crowd.deleting.acquire()  # For good: a delete behind the backup's end could not be in it.
                shutil.copyfileobj(made.stdout, file)
                said = made.stderr.read().decode()
        assert made.returncode == 0, said
    finally:
        first.stop()
    shutil.rmtree(old)

    second.start()
    try:
        restored = flask(second.env, "restore", str(archive), "--keys", str(keys))
        assert restored.returncode == 0, restored.stderr
        second.stop()
        second.start()

        def there(link: str) -> str:
            return link.replace(first.url, second.url)

        for link in crowd.seen:
            now = look(there(link))
            if link in crowd.gone:
                assert now is None, f"{link} was deleted and came back"
            elif link in before:
                assert now == crowd.seen[link]
            else:
                # It was published while the backup ran.
                assert now in (None, crowd.seen[link])
        sys.stdout.write(
            f"{len(before)} before, {len(crowd.seen)} in all, {len(crowd.gone)} deleted\n"
            f"{said}{restored.stderr.decode()}"
        )
        again = flask(second.env, "restore", str(archive))
        assert b"already there" in again.stderr
        assert b" restored" not in again.stderr
        user = User(second.post)
        for link in before - crowd.gone:
            assert user.delete(crowd.tokens[link]).status_code == 204
            assert look(there(link)) is None
        # An archive that is older than these deletes honours their marks.
        late = flask(second.env, "restore", str(archive))
        assert late.returncode == 0, late.stderr
        assert not any(look(there(link)) for link in before)
    finally:
        second.end()


def test_all_links_are_as_before_on_another_machine(tmp_path: Path) -> None:
    move(tmp_path, 80)


def elsewhere(server: Server, bucket: str) -> dict[str, str]:
    """Return settings of an instance that uses the store of `server` as any other S3, with a bucket of its own."""
    folder = Path(server.env["INSTANCE_PATH"])
    [identity] = json.loads((folder / "seaweedfs" / "s3.json").read_text())["identities"]
    [pair] = identity["credentials"]
    return {
        "PATH": os.environ["PATH"],
        "PYTHON_DOTENV_DISABLED": "1",
        "FLASK_SKIP_DOTENV": "1",
        "S3_BUCKET": bucket,
        "S3_ENDPOINT_URL": f"http://127.0.0.1:{server.s3_port + 5}",
        "SECRET_KEY": (folder / "secret_key").read_text().strip(),
        "SITE_URL": server.url,
        "AWS_ACCESS_KEY_ID": pair["accessKey"],
        "AWS_SECRET_ACCESS_KEY": pair["secretKey"],
    }


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "instance")
    server.start()
    yield server
    server.end()


def test_pictures_move_into_another_bucket_through_a_pipe(server: Server) -> None:
    crowd = Crowd(server)
    for number in range(40):
        crowd.publish(number)
    env = elsewhere(server, "elsewhere")
    assert flask(env, "setup", "--no-check").returncode == 0
    made = flask(server.env, "backup", "-")
    assert made.returncode == 0, made.stderr
    restored = flask(env, "restore", "-", input=made.stdout)
    assert restored.returncode == 0, restored.stderr
    store = f"http://127.0.0.1:{server.s3_port + 5}/elsewhere"
    for link, shown in crowd.seen.items():
        assert look(f"{store}/uploads/{link.partition('/i/')[2]}") == shown
    # What the world may not see, it does not see there either: neither a list, nor when a picture expires.
    assert requests.get(f"{store}?list-type=2&prefix=restored/", timeout=60).status_code == 403
    back = flask(env, "backup", "-")
    with tarfile.open(fileobj=io.BytesIO(made.stdout)) as one, tarfile.open(fileobj=io.BytesIO(back.stdout)) as other:
        first, second = ({(entry.name, entry.mtime, entry.size) for entry in tar} for tar in (one, other))
    assert {name for name, _, _ in first ^ second} <= {"image-host.json", "end.json"}


def test_backup_that_is_killed_goes_on(server: Server, tmp_path: Path) -> None:
    crowd = Crowd(server)
    for number in range(60):
        crowd.publish(number)
    archive, part = tmp_path / "b.tar", tmp_path / "b.tar.part"
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "storage", "backup", str(archive)], cwd=ROOT, env=server.env
    )
    until(lambda: part.exists() and part.stat().st_size > 1_000)
    process.kill()
    process.wait()
    done = flask(server.env, "backup", str(archive))
    assert done.returncode == 0, done.stderr
    with tarfile.open(archive) as tar:
        pictures = [name for name in tar.getnames() if name.startswith("uploads/")]
    assert sorted(pictures) == sorted("uploads/" + link.partition("/i/")[2] for link in crowd.seen)


# The mark of an instance's form


def test_folder_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start()
    link = User(server.post).publish(PNG, "image/png")["viewURL"]
    server.stop()
    assert (tmp_path / "version").read_text() == "1\n"
    (tmp_path / "version").write_text("2\n")
    said = server.fail()
    assert "a newer one was here" in said
    # A folder from before there were marks is taken over, with a sentence.
    (tmp_path / "version").unlink()
    server.start()
    assert requests.get(link, timeout=60).content == PNG
    assert "marked as form 1" in server.stop()
    assert (tmp_path / "version").read_text() == "1\n"


# A full disk


def test_upload_is_refused_where_the_disk_is_full_and_all_else_goes_on(server: Server) -> None:
    user = User(server.post)
    kept, gone, staged = *(user.publish(PNG, "image/png") for _ in range(2)), user.stage(PNG, "image/png")
    # SeaweedFS wrote down how large its volumes are. Where less than one is free, the disk counts as full.
    options = Path(server.env["INSTANCE_PATH"]) / "seaweedfs" / "data" / "mini.options"
    until(options.is_file)
    options.write_text(re.sub(r"(?<=volumeSizeLimitMB=)\d+", "8000000", options.read_text()))

    def ask() -> Any:
        return server.post("/uploads/init", json={"contentType": "image/png", "size": len(PNG)})

    until(lambda: all(ask().status_code == 507 for _ in range(20)))
    answer = ask()
    assert answer.json["code"] == "store_full"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "disk is full" in answer.json["detail"]
    assert requests.get(kept["viewURL"], timeout=60).content == PNG
    assert user.delete(gone["deleteToken"]).status_code == 204
    assert requests.get(gone["viewURL"], timeout=60).status_code == 404
    # What has arrived is published, for the store itself has room for it.
    assert user.complete(staged).status_code == 201
    ready = requests.get(f"{server.url}/health/ready", timeout=60)
    assert ready.status_code == 200
    assert "disk" in ready.json()["warning"]
    assert b"uploads are refused" in flask(server.env, "usage").stdout
    until(lambda: any("The disk of the pictures is full" in line for line in server.lines))


def test_ready_warns_of_nothing_where_there_is_room(server: Server) -> None:
    assert requests.get(f"{server.url}/health/ready", timeout=60).json() == {"status": "ok"}
