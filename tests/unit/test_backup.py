"""Backup and restore with moto as the store: what comes back, what must not, and what a person is told."""

import fcntl
import hashlib
import io
import json
import os
import stat
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
import time_machine
from click.testing import Result
from flask import Flask

from app import backup, create_app
from app.archive import Reader, Writer
from app.errors import StoreUnavailable
from app.services import services
from app.storage import CLOCK_SKEW, EXPIRY_DAYS, Upkeep, Upload
from config import Config
from tests.conftest import FORMATS, picture
from tests.unit.conftest import keys
from tests.unit.test_publisher import stage

PNG = picture("image/png")
DAY = timedelta(days=1)


@pytest.fixture
def run(moto_app: Flask) -> Callable[..., Result]:
    return lambda *args, **options: run_in(moto_app, *args, **options)


def run_in(app: Flask, *args: Any, **options: Any) -> Result:
    return app.test_cli_runner().invoke(args=["storage", *map(str, args)], **options)


def publish(app: Flask, data: bytes = PNG, content_type: str = "image/png", **fields: str) -> dict[str, Any]:
    client = app.test_client()
    promise = {"contentType": content_type, "size": len(data), **fields}
    upload: Any = client.post("/uploads/init", json=promise).json
    key = upload["uploadURL"].partition("/incoming/")[2].partition("?")[0]
    bucket().put_object(Key=f"incoming/{key}", Body=data)
    answer = client.post("/uploads/complete", json={"uploadToken": upload["uploadToken"]})
    assert answer.status_code == 201, answer.text
    result: Any = answer.json
    return dict(result)


def key(result: dict[str, Any]) -> str:
    return str(result["viewURL"].partition("/uploads/")[2])


def bucket() -> Any:
    return boto3.resource("s3", "eu-central-1").Bucket("images")


def seen(owner: Any) -> dict[str, tuple[Any, ...]]:
    """Return all that the world sees of each public picture."""
    found = {}
    for item in owner.objects.filter(Prefix="uploads/"):
        shown = item.get()
        found[item.key] = (
            shown["Body"].read(),
            *(shown.get(name) for name in ("ContentType", "ContentDisposition", "CacheControl", "Expires")),
            {name: value for name, value in shown["Metadata"].items() if name != "created"},
        )
    return found


def wipe(owner: Any) -> None:
    for item in owner.objects.all():
        item.delete()


CLASSES: list[dict[str, str]] = [{}, *({"expiresIn": expiry} for expiry in EXPIRY_DAYS)]


@pytest.fixture
def published(moto_app: Flask) -> list[dict[str, Any]]:
    """One picture of each type; among them are all classes of expiry."""
    return [
        publish(moto_app, picture(kind), kind, filename="été 東京", **CLASSES[number % len(CLASSES)])
        for number, kind in enumerate(FORMATS)
    ]


@pytest.mark.parametrize("file", ["file", "-"])
def test_restore_brings_back_all_that_was_seen(
    moto_app: Flask, run: Callable[..., Result], owner: Any, tmp_path: Path, file: str
) -> None:
    for kind in FORMATS:
        for number, fields in enumerate(CLASSES):
            publish(moto_app, picture(kind, (64 + number, 48)), kind, filename=f"été {number} 東京", **fields)
    before = seen(owner)
    if file == "-":
        made = run("backup", "-")
        wipe(owner)
        done = run("restore", "-", input=made.stdout_bytes)
    else:
        made = run("backup", tmp_path / "b.tar")
        assert made.stdout_bytes == b""
        wipe(owner)
        done = run("restore", tmp_path / "b.tar")
    assert (made.exit_code, done.exit_code, done.stdout) == (0, 0, "")
    assert f"{len(before)} saved" in made.stderr
    assert f"{len(before)} restored" in done.stderr
    assert seen(owner) == before
    # Nothing is left beside them but when those with an expiry go.
    others = [name for name in keys(owner) if not name.startswith("uploads/")]
    assert len(others) == len(FORMATS) * len(EXPIRY_DAYS)
    assert all(name.startswith("restored/") for name in others)


def test_archive_is_for_its_owner_alone_and_never_written_over(run: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "b.tar"
    assert run("backup", file).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    again = run("backup", file)
    assert again.exit_code == 1
    assert "exists" in again.stderr
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["b.tar"]


def test_two_backups_do_not_write_one_file(run: Callable[..., Result], tmp_path: Path) -> None:
    with (tmp_path / "b.tar.part").open("wb") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        done = run("backup", tmp_path / "b.tar")
    assert done.exit_code == 1
    assert "Another backup" in done.stderr


def test_quiet_says_nothing_but_the_sum(
    run: Callable[..., Result], published: list[Any], owner: Any, tmp_path: Path
) -> None:
    for command in ("backup", "restore"):
        done = run(command, tmp_path / "b.tar", "--quiet")
        assert done.output.count("\n") == 1


# Going on


def test_backup_goes_on_where_it_broke_off(
    run: Callable[..., Result], published: list[Any], owner: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, part = seen(owner), tmp_path / "b.tar.part"
    fetch = Upkeep.fetch
    fetched: list[str] = []

    def break_off(self: Upkeep, key: str, file: Any) -> Any:
        if len(fetched) == 4:
            raise StoreUnavailable("It is gone.")
        fetched.append(key)
        return fetch(self, key, file)

    def count(self: Upkeep, key: str, file: Any) -> Any:
        fetched.append(key)
        return fetch(self, key, file)

    monkeypatch.setattr(backup, "WAITS", ())
    monkeypatch.setattr(backup, "AT_ONCE", 1)
    monkeypatch.setattr(Upkeep, "fetch", break_off)
    done = run("backup", tmp_path / "b.tar")
    assert done.exit_code == 1
    assert "It is gone." in done.stderr
    assert list(tmp_path.iterdir()) == [part]
    # As after a kill -9: the end of an entry is missing.
    os.truncate(part, part.stat().st_size - 700)

    fetched.clear()
    monkeypatch.setattr(Upkeep, "fetch", count)
    done = run("backup", tmp_path / "b.tar")
    assert done.exit_code == 0, done.output
    assert "Going on with" in done.stderr
    assert len(fetched) == 2
    wipe(owner)
    assert run("restore", tmp_path / "b.tar").exit_code == 0
    assert seen(owner) == before


def test_backup_outlives_a_store_that_is_silent_for_a_while(
    run: Callable[..., Result], published: list[Any], owner: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = seen(owner)
    monkeypatch.setattr(backup, "WAITS", (0,))
    silent = {name: StoreUnavailable("It is gone.") for name in ("list_public", "list_deleted", "fetch")}
    calls = {name: getattr(Upkeep, name) for name in silent}

    def listing(self: Upkeep) -> Any:
        for number, found in enumerate(calls["list_public"](self)):
            if number == 2 and (error := silent.pop("list_public", None)):
                raise error
            yield found

    def otherwise(name: str) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            if error := silent.pop(name, None):
                raise error
            return calls[name](*args)

        return call

    monkeypatch.setattr(Upkeep, "list_public", listing)
    for name in ("list_deleted", "fetch"):
        monkeypatch.setattr(Upkeep, name, otherwise(name))
    done = run("backup", tmp_path / "b.tar")
    assert (done.exit_code, silent) == (0, {})
    assert f"{len(published)} saved" in done.stderr
    wipe(owner)
    assert run("restore", tmp_path / "b.tar").exit_code == 0
    assert seen(owner) == before


def test_backup_that_broke_off_long_ago_begins_anew(
    run: Callable[..., Result], published: list[Any], tmp_path: Path
) -> None:
    part = tmp_path / "b.tar.part"
    with part.open("wb") as file:
        Writer(file).add_picture(Upload(key(published[0]), "x.png", "image/png", 3, 5), "0" * 64, io.BytesIO(b"old"))
    os.utime(part, (0, time.time() - backup.RESUMABLE - 60))
    done = run("backup", tmp_path / "b.tar")
    assert "Going on" not in done.stderr
    assert f"{len(published)} saved" in done.stderr


def test_restore_goes_on_where_it_broke_off(
    run: Callable[..., Result], published: list[Any], owner: Any, tmp_path: Path
) -> None:
    before = seen(owner)
    run("backup", tmp_path / "b.tar")
    for result in published[:3]:
        owner.Object(f"uploads/{key(result)}").delete()
    done = run("restore", tmp_path / "b.tar")
    assert "3 restored" in done.stderr
    assert f"{len(published) - 3} already there" in done.stderr
    assert seen(owner) == before


# What must not come back


def test_picture_that_was_deleted_after_the_backup_stays_gone(
    moto_app: Flask, run: Callable[..., Result], owner: Any, tmp_path: Path
) -> None:
    kept, gone = publish(moto_app), publish(moto_app, expiresIn="7d")
    run("backup", tmp_path / "b.tar")
    assert moto_app.test_client().post("/uploads/delete", json={"deleteToken": gone["deleteToken"]}).status_code == 204
    done = run("restore", tmp_path / "b.tar")
    assert done.exit_code == 0
    assert "1 deleted" in done.stderr
    assert list(seen(owner)) == [f"uploads/{key(kept)}"]


@pytest.mark.parametrize("file", ["file", "-"])
def test_picture_that_was_deleted_during_the_backup_stays_gone(
    moto_app: Flask, run: Callable[..., Result], owner: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    results = [publish(moto_app) for _ in range(5)]
    add = Writer.add_picture
    deleted: list[str] = []

    def add_and_delete(self: Writer, upload: Upload, *rest: Any) -> None:
        add(self, upload, *rest)
        if not deleted:  # Behind our back, and behind its entry.
            deleted.append(upload.key)
            services(moto_app).storage.delete(upload.key)

    monkeypatch.setattr(Writer, "add_picture", add_and_delete)
    made = run("backup", tmp_path / "b.tar" if file == "file" else "-")
    assert made.exit_code == 0
    wipe(owner)
    done = run("restore", tmp_path / "b.tar") if file == "file" else run("restore", "-", input=made.stdout_bytes)
    assert done.exit_code == 0
    assert len(deleted) == 1
    assert set(seen(owner)) == {f"uploads/{key(result)}" for result in results} - {f"uploads/{deleted[0]}"}
    # Nor does a second restore, or an older backup, bring it back.
    assert services(moto_app).storage.is_deleted(deleted[0])


def test_restore_from_a_file_never_shows_a_picture_that_the_backup_saw_deleted(
    moto_app: Flask, run: Callable[..., Result], owner: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = publish(moto_app)
    file = tmp_path / "b.tar"
    with file.open("wb") as made:
        writer = Writer(made)
        data = owner.Object(f"uploads/{key(gone)}").get()["Body"].read()
        writer.add_picture(
            Upload(key(gone), "x.png", "image/png", len(data), 5), hashlib.sha256(data).hexdigest(), io.BytesIO(data)
        )
        writer.add_mark(key(gone))
        writer.close()
    wipe(owner)
    written: list[str] = []
    monkeypatch.setattr("app.storage.Storage.put_back", lambda self, upload, *_: written.append(upload.key))
    assert "1 deleted" in run("restore", file).stderr
    assert written == []


def test_delete_is_looked_for_before_its_picture_is_restored(
    moto_app: Flask, run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = publish(moto_app)
    run("backup", tmp_path / "b.tar")
    services(moto_app).storage.delete(key(gone))
    written: list[str] = []
    monkeypatch.setattr("app.storage.Storage.put_back", lambda self, upload, *_: written.append(upload.key))
    assert "1 deleted" in run("restore", tmp_path / "b.tar").stderr
    assert written == []


def test_delete_that_overtakes_the_restore_of_its_picture_wins(
    moto_app: Flask, run: Callable[..., Result], owner: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = publish(moto_app)
    run("backup", tmp_path / "b.tar")
    wipe(owner)
    storage = services(moto_app).storage
    put_back = type(storage).put_back

    def overtaken(self: Any, *args: Any) -> bool:
        storage.delete(key(gone))
        return put_back(self, *args)

    monkeypatch.setattr(type(storage), "put_back", overtaken)
    assert "1 deleted" in run("restore", tmp_path / "b.tar").stderr
    assert seen(owner) == {}


def test_picture_that_has_expired_stays_gone(
    moto_app: Flask, run: Callable[..., Result], owner: Any, tmp_path: Path
) -> None:
    results = {expiry: publish(moto_app, expiresIn=expiry) for expiry in EXPIRY_DAYS}
    run("backup", tmp_path / "b.tar")
    wipe(owner)
    with time_machine.travel(datetime.now(UTC) + 7 * DAY, tick=False):
        done = run("restore", tmp_path / "b.tar")
    assert "2 expired" in done.stderr
    assert list(seen(owner)) == [f"uploads/{key(results['30d'])}"]


@pytest.mark.parametrize(("expiry", "days"), EXPIRY_DAYS.items())
def test_restored_picture_goes_when_its_uploader_was_told(
    moto_app: Flask, run: Callable[..., Result], owner: Any, tmp_path: Path, expiry: str, days: int
) -> None:
    upkeep = services(moto_app).upkeep
    result = publish(moto_app, expiresIn=expiry)
    kept = publish(moto_app)
    expires_at = datetime.fromisoformat(result["expiresAt"])
    file = tmp_path / "b.tar"
    # A backup of what was restored knows the moment as well.
    for number in range(2):
        file = tmp_path / f"{number}.tar"
        run("backup", file)
        wipe(owner)
        with time_machine.travel(expires_at - timedelta(hours=2), tick=False):
            assert "2 restored" in run("restore", file).stderr
    # The store counts from the restore, almost `days` later.
    assert owner.Object(f"uploads/{key(result)}").last_modified + days * DAY > expires_at
    upkeep.expire(expires_at + CLOCK_SKEW - timedelta(seconds=1))
    assert f"uploads/{key(result)}" in seen(owner)
    assert upkeep.expire(expires_at + CLOCK_SKEW) == 1
    assert keys(owner) == [f"uploads/{key(kept)}"]
    assert upkeep.expire(expires_at + CLOCK_SKEW) == 0


def test_expire_leaves_what_others_put_beside_its_reminders(moto_app: Flask, owner: Any) -> None:
    kept = publish(moto_app)
    for name in (f"restored/19990101T000000Z/../uploads/{key(kept)}", "restored/1", "restored/19990101T000000Z/"):
        owner.put_object(Key=name, Body=b"")
    services(moto_app).upkeep.expire(datetime.now(UTC))
    assert f"uploads/{key(kept)}" in seen(owner)


def test_bytes_that_no_upload_could_publish_are_refused_and_named(
    moto_app: Flask, run: Callable[..., Result], owner: Any, tmp_path: Path
) -> None:
    good = Upload.new("image/png", len(PNG))
    page = b"<!doctype html><script>alert(1)</script>"
    bad = {
        Upload.new("image/png", len(page)): page,
        Upload.new("image/png", 0): b"",
        Upload.new("image/gif", len(PNG)): PNG,
        Upload.new("image/png", 40): PNG[:40],
        Upload.new("image/png", 100): picture("image/jpeg")[:100],
    }
    with (tmp_path / "b.tar").open("wb") as file:
        writer = Writer(file)
        for upload, data in [*bad.items(), (good, PNG)]:
            writer.add_picture(upload, hashlib.sha256(data).hexdigest(), io.BytesIO(data))
        writer.close()
    done = run("restore", tmp_path / "b.tar")
    assert done.exit_code == 1
    assert list(seen(owner)) == [f"uploads/{good.key}"]
    for upload in bad:
        assert f"Refused: {upload.key}. " in done.stderr
    assert "5 refused" in done.stderr


def test_limits_of_this_server_hold_for_a_backup_of_another(
    aws: Config, configure: Callable[..., Config], moto_app: Flask, owner: Any, tmp_path: Path
) -> None:
    publish(moto_app)
    run_in(moto_app, "backup", tmp_path / "b.tar")
    wipe(owner)
    for limit in ({"max_pixels": 64 * 48 - 1}, {"max_upload_bytes": len(PNG) - 1}):
        strict = create_app(configure(s3_endpoint_url=None, aws_region="eu-central-1", **limit))
        done = run_in(strict, "restore", tmp_path / "b.tar")
        assert (done.exit_code, keys(owner)) == (1, [])
        assert str(next(iter(limit.values()))) in done.stderr
    assert run_in(moto_app, "restore", tmp_path / "b.tar").exit_code == 0


def test_link_never_changes_by_a_restore(
    moto_app: Flask, run: Callable[..., Result], owner: Any, tmp_path: Path
) -> None:
    result = publish(moto_app)
    run("backup", tmp_path / "b.tar")
    for other in (b"other bytes", picture("image/png", (65, 48)), PNG + b"x", PNG[:-1]):
        owner.put_object(Key=f"uploads/{key(result)}", Body=other)
        done = run("restore", tmp_path / "b.tar")
        assert done.exit_code == 1
        assert key(result) in done.stderr
        assert owner.Object(f"uploads/{key(result)}").get()["Body"].read() == other


def test_archive_that_was_altered_is_refused_before_anything_is_written(
    run: Callable[..., Result], published: list[Any], owner: Any, tmp_path: Path
) -> None:
    run("backup", tmp_path / "b.tar")
    whole = (tmp_path / "b.tar").read_bytes()
    wipe(owner)
    (tmp_path / "cut.tar").write_bytes(whole[: len(whole) // 2])
    done = run("restore", tmp_path / "cut.tar")
    assert done.exit_code == 1
    assert "cut off" in done.stderr
    assert "uploads/" in done.stderr
    assert keys(owner) == []


def test_object_that_is_no_picture_of_ours_is_left_out_and_named(
    moto_app: Flask, run: Callable[..., Result], owner: Any, tmp_path: Path
) -> None:
    kept = publish(moto_app)
    strangers = ["uploads/a\n\x1b[2Jb.png", "uploads/x.html", f"uploads/{key(kept)[:-4]}.jpg"]
    for name in strangers:
        owner.put_object(Key=name, Body=b"x", ContentType="text/html")
    owner.put_object(Key=f"uploads/{Upload.new('image/png', 5).key}", Body=b"", ContentType="image/png")
    done = run("backup", tmp_path / "b.tar")
    assert done.exit_code == 0
    assert done.stderr.count("Left out") == 4
    assert "\x1b" not in done.stderr
    with (tmp_path / "b.tar").open("rb") as file:
        reader = Reader(file)
        assert len(list(reader)) == 1
    assert reader.contents.pictures == {key(kept)}


# Keys


def test_keys_are_written_apart_for_their_owner_alone(aws: Config, run: Callable[..., Result], tmp_path: Path) -> None:
    keys_file = tmp_path / "keys"
    assert run("backup", tmp_path / "b.tar", "--keys", keys_file).exit_code == 0
    assert stat.S_IMODE(keys_file.stat().st_mode) == 0o600
    assert keys_file.read_text().strip() == aws.secret_key
    assert aws.secret_key.encode() not in (tmp_path / "b.tar").read_bytes()
    # The same again is fine; another is not written over.
    assert run("backup", tmp_path / "c.tar", "--keys", keys_file).exit_code == 0
    keys_file.write_text("another key, which somebody needs")
    done = run("backup", tmp_path / "d.tar", "--keys", keys_file)
    assert done.exit_code == 1
    assert keys_file.read_text() == "another key, which somebody needs"


def test_restore_refuses_keys_that_the_settings_lack(
    aws: Config, configure: Callable[..., Config], run: Callable[..., Result], owner: Any, tmp_path: Path
) -> None:
    run("backup", tmp_path / "b.tar", "--keys", tmp_path / "keys")
    assert run("restore", tmp_path / "b.tar", "--keys", tmp_path / "keys").exit_code == 0
    other = "another secret of the tests and long enough"
    for secret, status in ((other, 1), (f"{other},{aws.secret_key}", 0)):
        app = create_app(configure(s3_endpoint_url=None, aws_region="eu-central-1", secret_key=secret))
        done = run_in(app, "restore", tmp_path / "b.tar", "--keys", tmp_path / "keys")
        assert done.exit_code == status, done.output
    (tmp_path / "keys").write_text("short")
    done = run("restore", tmp_path / "b.tar", "--keys", tmp_path / "keys")
    assert done.exit_code == 1
    assert "32 characters" in done.stderr


# The block list


@pytest.mark.parametrize("file", ["file", "-"])
def test_backup_carries_the_block_list_and_a_restore_obeys_it(
    moto_app: Flask, run: Callable[..., Result], owner: Any, tmp_path: Path, file: str
) -> None:
    blocked, other = publish(moto_app), publish(moto_app, PNG + b"\0")
    digest = hashlib.sha256(PNG).hexdigest()
    # Blocked by a file: its link stays, and is in the backup.
    services(moto_app).storage.blocklist.add(digest)
    owner.put_object(Key="blocked/of somebody else", Body=b"")
    path = str(tmp_path / "b.tar") if file == "file" else "-"
    made = run("backup", path)
    wipe(owner)
    services(moto_app).storage.blocklist._until = 0
    done = run("restore", path, input=made.stdout_bytes)
    assert done.exit_code == 1
    assert f"Refused: {key(blocked)}. Whoever runs this server has blocked this picture." in done.stderr
    assert keys(owner) == [f"blocked/{digest}", f"uploads/{key(other)}"]


def test_restore_obeys_the_block_list_of_its_own_server(
    moto_app: Flask, run: Callable[..., Result], owner: Any, tmp_path: Path
) -> None:
    publish(moto_app)
    run("backup", tmp_path / "b.tar")
    wipe(owner)
    services(moto_app).storage.blocklist.add(hashlib.sha256(PNG).hexdigest())
    assert run("restore", tmp_path / "b.tar").exit_code == 1
    assert seen(owner) == {}


# Usage


def test_usage_counts_by_expiry_and_by_type(moto_app: Flask, run: Callable[..., Result], published: list[Any]) -> None:
    stage(moto_app, PNG)
    found = json.loads(run("usage", "--json").stdout)
    assert found["pictures"] == len(published)
    assert found["bytes"] == sum(result["size"] for result in published)
    by_expiry = {name: sums["pictures"] for name, sums in found["expiries"].items()}
    assert by_expiry == {"none": 2, "1d": 1, "7d": 1, "30d": 1}
    by_type = {name: (sums["pictures"], sums["bytes"]) for name, sums in found["types"].items()}
    assert by_type == {key(result).rpartition(".")[2]: (1, result["size"]) for result in published}
    assert found["staged"]["objects"] == len(published) + 1
    assert found["disk"] is None
    text = run("usage").stdout
    assert "expiry 30d" in text
    assert "disk" not in text


def test_usage_of_nothing(run: Callable[..., Result], moto_app: Flask) -> None:
    assert run("usage").exit_code == 0
    assert json.loads(run("usage", "--json").stdout)["pictures"] == 0


@pytest.mark.parametrize("command", ["backup", "restore", "usage"])
def test_store_that_is_down_is_said(
    down: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(backup, "WAITS", ())
    file = tmp_path / "b.tar"
    if command == "restore":
        with file.open("wb") as made:
            writer = Writer(made)
            writer.add_mark("0b9c6a52-7d1e-4c1b-9f3e-2a6f0e9d4c11.png")
            writer.close()
    done = run_in(create_app(down), command, *([file] if command != "usage" else []))
    assert done.exit_code == 1
    assert "Could not connect" in done.stderr
    assert "Traceback" not in done.output


# Albums


def make_album(app: Flask, picture: dict[str, Any], **fields: Any) -> dict[str, Any]:
    body = {"pictures": [{"viewURL": picture["viewURL"], "caption": "été"}], **fields}
    answer = app.test_client().post("/albums", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json or {})


def test_albums_come_back_as_they_were_and_deleted_ones_do_not(
    moto_app: Flask, run: Callable[..., Result], owner: Any, tmp_path: Path, published: list[dict[str, Any]]
) -> None:
    client = moto_app.test_client()
    kept, expiring, deleted = (
        make_album(moto_app, published[0], title=name, **fields)
        for name, fields in (("kept", {}), ("expiring", {"expiresIn": "7d"}), ("deleted", {}))
    )
    client.post("/albums/delete", json={"editToken": deleted["editToken"]})
    before = [client.get(f"/albums/{album['albumId']}").json for album in (kept, expiring, deleted)]
    assert run("backup", tmp_path / "b.tar").exit_code == 0
    wipe(owner)
    done = [run("restore", tmp_path / "b.tar") for _ in range(2)]
    assert [each.exit_code for each in done] == [0, 0]
    assert [client.get(f"/albums/{album['albumId']}").json for album in (kept, expiring, deleted)] == before
    # Its token is good for it still.
    body = {"editToken": kept["editToken"], "version": 1, "pictures": [{"viewURL": published[0]["viewURL"]}]}
    assert client.put(f"/albums/{kept['albumId']}", json=body).status_code == 200


def test_restore_changes_no_album_that_is_there_and_brings_back_none_that_was_deleted(
    moto_app: Flask, run: Callable[..., Result], tmp_path: Path, published: list[dict[str, Any]]
) -> None:
    client = moto_app.test_client()
    edited, deleted = (make_album(moto_app, published[0], title="before") for _ in range(2))
    assert run("backup", tmp_path / "b.tar").exit_code == 0
    pictures = [{"viewURL": published[0]["viewURL"]}]
    body = {"editToken": edited["editToken"], "version": 1, "title": "after", "pictures": pictures}
    client.put(f"/albums/{edited['albumId']}", json=body)
    client.post("/albums/delete", json={"editToken": deleted["editToken"]})
    assert run("restore", tmp_path / "b.tar").exit_code == 0
    assert client.get(f"/albums/{edited['albumId']}").json["title"] == "after"
    assert client.get(f"/albums/{deleted['albumId']}").status_code == 410


@pytest.mark.parametrize(
    "changes",
    [
        {"cover": "https://evil.test/a.png"},
        {"pictures": []},
        {"pictures": [{"key": "//evil.test/a.png", "caption": "", "filename": "", "size": 1, "width": 1, "height": 1}]},
        {"created": "yesterday"},
        {"created": 2**62},
        {"more": 1},
    ],
    ids=lambda changes: str(changes)[:30],
)
def test_album_that_nobody_could_make_is_refused(
    moto_app: Flask, run: Callable[..., Result], owner: Any, tmp_path: Path, changes: dict[str, Any]
) -> None:
    album = make_album(moto_app, publish(moto_app, picture("image/png"), "image/png"))
    item = owner.Object(f"albums/{album['albumId']}.json")
    data = json.dumps({**json.loads(item.get()["Body"].read()), **changes}).encode()
    with (tmp_path / "b.tar").open("wb") as file:
        writer = Writer(file)
        writer.add_album(album["albumId"], data)
        writer.close()
    item.delete()
    done = run("restore", tmp_path / "b.tar")
    assert done.exit_code == 1
    assert album["albumId"] in done.stderr
    assert not list(owner.objects.filter(Prefix="albums/"))
