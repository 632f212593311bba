"""Pictures with an expiry on a real store: how long caches may keep them, and when the store deletes them."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from app import create_app, embedded
from app.embedded import seaweedfs
from app.services import services
from app.storage import CLOCK_SKEW, EXPIRY_DAYS, Storage, Upkeep
from config import Config
from tests.conftest import free_port, picture
from tests.contract.conftest import User, bucket
from tests.rigs.server import until

PNG = picture("image/png")
DAY = timedelta(days=1)


def modified(owner: Any, link: str) -> datetime:
    return owner.Object(key(link)).last_modified


def key(link: str) -> str:
    return "uploads/" + link.partition("/uploads/")[2]


def is_public(link: str) -> bool:
    return requests.get(link, timeout=60).ok


# How long browsers and CDNs may keep a picture


@pytest.mark.parametrize("expiry", EXPIRY_DAYS)
def test_link_may_be_kept_until_its_expiry_and_no_longer(user: User, expiry: str) -> None:
    result = user.publish(PNG, "image/png", expiresIn=expiry)
    for method in ("GET", "HEAD"):
        seen = requests.request(method, result["viewURL"], timeout=60)
        # max-age would override Expires, and each GET would start it again.
        assert seen.headers["Cache-Control"] == "public, immutable"
        assert parsedate_to_datetime(seen.headers["Expires"]) == datetime.fromisoformat(result["expiresAt"])


def test_link_without_an_expiry_may_be_kept_for_good(user: User) -> None:
    seen = requests.get(user.publish(PNG, "image/png")["viewURL"], timeout=60)
    assert seen.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Expires" not in seen.headers


# When `storage expire` deletes a picture


@pytest.mark.parametrize(("expiry", "days"), EXPIRY_DAYS.items())
def test_expire_deletes_a_picture_at_the_second_when_it_is_due(
    app: Flask, user: User, owner: Any, expiry: str, days: int
) -> None:
    upkeep = services(app).upkeep
    result = user.publish(PNG, "image/png", expiresIn=expiry)
    due = modified(owner, result["viewURL"]) + timedelta(days) + CLOCK_SKEW
    upkeep.expire(due - timedelta(seconds=1))
    assert is_public(result["viewURL"])
    assert due - CLOCK_SKEW >= datetime.fromisoformat(result["expiresAt"])
    assert upkeep.expire(due) > 0
    assert not is_public(result["viewURL"])
    assert upkeep.expire(due) == 0


def test_expire_deletes_nothing_early_when_a_clock_is_wrong(app: Flask, user: User) -> None:
    result = user.publish(PNG, "image/png", expiresIn="1d")
    # The worst case: the store's clock is as far behind ours as it may be, so the copy looks older than it is.
    services(app).upkeep.expire(datetime.fromisoformat(result["expiresAt"]) + CLOCK_SKEW - timedelta(seconds=1))
    assert is_public(result["viewURL"])


def test_expire_keeps_pictures_without_an_expiry(app: Flask, user: User, owner: Any) -> None:
    link = user.publish(PNG, "image/png")["viewURL"]
    others = [
        "uploads/7days/x.png",
        "uploads/7d.png",
        "uploads/70d/x.png",
        "uploads/x/7d/x.png",
        "7d/x.png",
        "incoming-not/x.png",
    ]
    for other in others:
        owner.put_object(Key=other, Body=PNG)
    services(app).upkeep.expire(datetime.now(UTC) + 1000 * DAY)
    assert is_public(link)
    left = {item.key for item in owner.objects.all()}
    assert left >= {*others, key(link)}
    assert not [name for name in left if name.startswith(("incoming/", *(f"uploads/{name}/" for name in EXPIRY_DAYS)))]
    for other in others:
        owner.Object(other).delete()


def test_expire_keeps_staged_bytes_until_their_token_ends(app: Flask, user: User, owner: Any) -> None:
    upload = user.stage(PNG, "image/png")
    name = f"incoming/{upload['uploadId']}.png"
    staged = owner.Object(name).last_modified
    upkeep = services(app).upkeep
    upkeep.expire(staged + DAY)
    assert user.complete(upload).status_code == 201
    upkeep.expire(staged + DAY + CLOCK_SKEW)
    assert name not in {item.key for item in owner.objects.filter(Prefix="incoming/")}


def test_expire_may_run_twice_at_once(app: Flask, user: User, owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    upkeep = services(app).upkeep
    links = [user.publish(PNG, "image/png", expiresIn="1d")["viewURL"] for _ in range(20)]
    late = datetime.now(UTC) + 2 * DAY
    client = services(app).storage.client
    listed = client.list

    def overtaken(prefix: str) -> Any:
        # The other run deletes everything between our listing and our delete.
        found = list(listed(prefix))
        Upkeep(services(app).config, Storage(services(app).config)).expire(late)
        yield from found

    monkeypatch.setattr(client, "list", overtaken)
    assert upkeep.expire(late) >= len(links)
    assert not any(map(is_public, links))


# The embedded store's own timer


def varint(number: int) -> bytes:
    low = number & 127
    return bytes([low]) if number < 128 else bytes([low | 128]) + varint(number >> 7)


def make_old(store: Config, folder: Path, owner: Any, name: str, age: timedelta) -> None:
    """Make an object older inside SeaweedFS, whose shell can save entries to a file and load them again."""
    when = owner.Object(name).last_modified
    saved = folder / "saved.meta"

    def weed(command: str) -> None:
        subprocess.run(
            [
                Path(sys.executable).with_name("weed"),
                "shell",
                f"-master=127.0.0.1:{store.s3_port + 1}",
                f"-filer=127.0.0.1:{store.s3_port + 3}",
            ],
            cwd=store.instance_path / "seaweedfs",
            input=command,
            stdout=subprocess.DEVNULL,
            text=True,
            check=True,
            timeout=60,
        )

    weed(f"fs.meta.save -o {saved} /buckets/{store.s3_bucket}/{name.rpartition('/')[0]}")
    then = when - age
    entries = saved.read_bytes().replace(varint(int(when.timestamp())), varint(int(then.timestamp())))
    # The shell may exit before it has loaded the last entry, so the file lists each of them twice.
    saved.write_bytes(entries * 2)
    weed(f"fs.meta.load {saved}")


def test_embedded_store_expires_by_itself(
    configure: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seaweedfs, "EXPIRE_EVERY", 2)
    store = embedded.start(
        configure(
            embedded=True,
            credentials=None,
            s3_endpoint_url=None,
            s3_port=free_port(),
            instance_path=tmp_path,
        )
    )
    user = User(create_app(store).test_client().post)
    owner = bucket(store)
    # Two classes: `make_old` replaces a time everywhere in a folder, and both may have the same.
    due = user.publish(PNG, "image/png", expiresIn="30d")["viewURL"]
    early = user.publish(PNG, "image/png", expiresIn="7d")["viewURL"]
    make_old(store, tmp_path, owner, key(due), 31 * DAY)
    make_old(store, tmp_path, owner, key(early), 6 * DAY)
    assert owner.Object(key(early)).last_modified < datetime.now(UTC) - 5 * DAY
    until(lambda: not is_public(due))
    log = tmp_path / "seaweedfs" / "weed.log"
    until(lambda: "1 deleted\n" in log.read_text(errors="replace"))
    # Expiry has run once more since then.
    until(lambda: log.read_text(errors="replace").rpartition("1 deleted\n")[2].count("0 deleted\n") > 0)
    assert is_public(early)
