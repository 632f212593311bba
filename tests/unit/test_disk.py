"""The room on the embedded store's disk: when uploads are refused, when we warn, and how often we look."""

import logging
import shutil
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from app import create_app
from app.embedded import disk
from app.embedded.disk import Disk
from app.errors import StoreFull, StoreUnavailable
from app.services import services
from app.storage import Upload
from config import Config

MIB = 1024**2


class Room(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the MiB that are free on a disk, for the test to change; each look is seen at once."""
    free = [10_000]
    monkeypatch.setattr(disk, "TTL", 0)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Room(20_000 * MIB, 0, free[0] * MIB))
    return free


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The folder of a store whose volumes are of 64 MiB."""
    store = tmp_path / "seaweedfs"
    (store / "data").mkdir(parents=True)
    (store / "data" / "mini.options").write_text("admin.ui=false\n# Auto\nmaster.volumeSizeLimitMB=64\n")
    return store


def is_full(room: Disk, size: int = 1) -> bool:
    try:
        room.check(size)
    except StoreFull:
        return True
    return False


@pytest.mark.parametrize(("megabytes", "full"), [(10_000, False), (65, False), (64, True), (63, True), (0, True)])
def test_one_volume_stays_free(small: Path, free: list[int], megabytes: int, full: bool) -> None:
    free[0] = megabytes
    assert is_full(Disk(small)) == full


def test_large_picture_needs_room_for_two_of_it(small: Path, free: list[int]) -> None:
    free[0] = 64 + 50
    assert not is_full(Disk(small), 25 * MIB)
    assert is_full(Disk(small), 25 * MIB + 1)


def test_volume_is_a_gigabyte_where_the_store_does_not_say(tmp_path: Path, free: list[int]) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mini.options").write_text("# master.volumeSizeLimitMB=1\n")
    free[0] = 1024
    assert is_full(Disk(tmp_path))
    free[0] = 1025
    assert not is_full(Disk(tmp_path))


def test_small_disk_is_not_full_before_the_store_has_chosen_its_volumes(
    tmp_path: Path, free: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "TTL", 3600)
    free[0] = 400
    room = Disk(tmp_path)
    assert (room.is_full(), is_full(room), room.warning()) == (False, False, None)
    # What was not known is asked again at once.
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mini.options").write_text("master.volumeSizeLimitMB=401\n")
    assert (room.is_full(), is_full(room)) == (True, True)


def test_operator_is_warned_once_and_again_after_there_was_room(
    small: Path, free: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    room = Disk(small)
    for megabytes in (256, 255, 100, 10, 256, 255):
        free[0] = megabytes
        assert (room.warning() is None) == (megabytes >= 256)
    assert [line.levelno for line in caplog.records] == [logging.WARNING] * 2
    assert "nearly full: 255 MiB are free" in caplog.text
    assert not room.is_full()
    free[0] = 63
    assert room.is_full()
    assert "uploads are refused" in str(room.warning())


def test_disk_is_looked_at_no_more_than_needed(small: Path, free: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "TTL", 3600)
    room = Disk(small)
    assert not is_full(room)
    free[0] = 0
    assert not is_full(room)
    assert is_full(Disk(small))


def test_failure_of_the_store_is_the_disks_where_that_is_full(small: Path, free: list[int]) -> None:
    room = Disk(small)
    with pytest.raises(StoreUnavailable), room.to_blame():
        raise StoreUnavailable("It answered 500.")
    free[0] = 63
    with pytest.raises(StoreFull), room.to_blame():
        raise StoreUnavailable("It answered 500.")
    with room.to_blame():
        pass


def test_other_store_has_no_disk_that_we_know_of(free: list[int]) -> None:
    free[0] = 0
    room = Disk(None)
    assert not is_full(room, 2**40)
    assert (room.warning(), room.usage()) == (None, None)


def test_usage_is_of_the_disk(small: Path, free: list[int]) -> None:
    assert Disk(small).usage() == {"free": 10_000 * MIB, "total": 20_000 * MIB, "kept": 64 * MIB}


def test_every_call_that_writes_says_that_the_disk_is_full(down: Config, small: Path, free: list[int]) -> None:
    # The store is down here; a full one answers 500, which is the same to us.
    app = create_app(replace(down, embedded=True, instance_path=small.parent))
    upload, tokens = Upload.new("image/png", 5), services(app).tokens
    calls = {
        "init": {"contentType": "image/png", "size": 5},
        "complete": {"uploadToken": tokens.sign_upload(upload)},
        "delete": {"deleteToken": tokens.sign_delete(upload.key)},
    }
    for megabytes, said in ((10_000, [201, 503, 503]), (0, [507, 507, 507])):
        free[0] = megabytes
        answers = [app.test_client().post(f"/uploads/{call}", json=body) for call, body in calls.items()]
        assert [answer.status_code for answer in answers] == said
    assert {answer.json["code"] for answer in answers} == {"store_full"}
    assert len({answer.json["detail"] for answer in answers}) == 1
