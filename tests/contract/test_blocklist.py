"""What an operator has blocked is never public again, whoever uploads it; the store is a real one."""

import base64
import functools
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import Result
from flask import Flask

from app import create_app
from app.pictures import HEAD_BYTES
from app.services import services
from app.storage import Storage, Upkeep, blocklist
from config import Config
from tests.conftest import picture
from tests.contract.conftest import ORIGIN, User, another_bucket, bucket, informed

SMALL = picture("image/png")
#: Longer than what `complete` reads in any case, and than what it reads at a time.
LARGE = picture("image/jpeg") + b"\0" * (5 * 1024**2)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def promise(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


@pytest.fixture(scope="module")
def moderated(store: Config) -> Config:
    """A bucket of its own: what is blocked here must not cost other tests a request."""
    config = another_bucket(store, "moderated")
    Upkeep(config, Storage(config)).set_up([ORIGIN])
    return config


@pytest.fixture
def app(moderated: Config, patience: None) -> Iterator[Flask]:
    made = informed(create_app(moderated))
    yield made
    known = services(made).storage.blocklist
    for found in known:
        known.remove(found.key)


@pytest.fixture
def owner(moderated: Config) -> Any:
    return bucket(moderated)


@pytest.fixture
def run(app: Flask) -> Callable[..., Result]:
    return lambda *args, **options: app.test_cli_runner().invoke(args=["images", *args], **options)


def names(owner: Any, prefix: str) -> set[str]:
    return {item.key for item in owner.objects.filter(Prefix=prefix)}


def test_picture_that_was_blocked_by_its_link_is_gone_and_stays_away(
    user: User, run: Callable[..., Result], owner: Any
) -> None:
    link = user.publish(SMALL, "image/png")["viewURL"]
    before = names(owner, "uploads/")
    done = run("block", link)
    key = link.rpartition("/")[2]
    assert (done.exit_code, done.output) == (0, f"{key}: deleted; blocked {sha256(SMALL)}\n")
    assert requests.get(link, timeout=60).status_code == 404
    upload = user.stage(SMALL, "image/png", filename="another name.png", expiresIn="7d")
    answer = user.complete(upload)
    assert (answer.status_code, answer.json["code"]) == (422, "blocked")
    assert names(owner, "uploads/") == before - {f"uploads/{key}"}
    assert f"incoming/{upload['uploadId']}.png" not in names(owner, "incoming/")
    # One byte more is another file: the documents say so.
    user.publish(SMALL + b"\0", "image/png")


@pytest.mark.parametrize(
    ("data", "content_type", "fields", "more"),
    [
        (SMALL, "image/png", {}, []),
        (LARGE, "image/jpeg", {"sha256": promise(LARGE)}, []),
        (LARGE, "image/jpeg", {}, ["GET", "GET"]),
    ],
    ids=["within the head", "promised", "read whole"],
)
def test_digest_is_had_as_cheaply_as_can_be(
    user: User,
    app: Flask,
    asked: list[str],
    data: bytes,
    content_type: str,
    fields: dict[str, str],
    more: list[str],
) -> None:
    known = services(app).storage.blocklist
    known.add(sha256(b"something else"))
    upload = user.stage(data, content_type, **fields)
    asked.clear()
    assert user.complete(upload).status_code == 201
    # The second asks whether the list is still empty, once in a while.
    assert asked == ["GET", "GET", *more, "HEAD", "PUT", "HEAD"]
    known.add(sha256(data))
    answer = user.complete(user.stage(data, content_type, **fields))
    assert (answer.status_code, answer.json["code"]) == (422, "blocked")


def test_empty_list_costs_a_request_once_in_a_while(user: User, asked: list[str], app: Flask) -> None:
    uploads = [user.stage(SMALL, "image/png") for _ in range(3)]
    services(app).storage.blocklist._until = 0
    asked.clear()
    for upload in uploads:
        assert user.complete(upload).status_code == 201
    assert asked == ["GET", "GET", "PUT", "HEAD", *["GET", "PUT", "HEAD"] * 2]


def test_first_block_holds_on_other_workers_when_they_look_again(user: User, app: Flask, moderated: Config) -> None:
    other = create_app(moderated)
    worker = User(other.test_client().post)
    worker.publish(SMALL, "image/png")
    services(app).storage.blocklist.add(sha256(SMALL))
    worker.publish(SMALL, "image/png")  # Within REFRESH seconds: this worker believes that nothing is blocked.
    services(other).storage.blocklist._until = 0
    assert worker.complete(worker.stage(SMALL, "image/png")).json["code"] == "blocked"
    # From now on, each further block holds at once.
    services(app).storage.blocklist.add(sha256(LARGE))
    assert worker.complete(worker.stage(LARGE, "image/jpeg")).json["code"] == "blocked"


def test_repeated_complete_of_what_is_public_gets_the_first_answer(user: User, app: Flask) -> None:
    upload = user.stage(SMALL, "image/png")
    first = user.complete(upload)
    # Blocked by another link to the same bytes. This link stays: `images delete` ends it.
    services(app).storage.blocklist.add(sha256(SMALL))
    again = user.complete(upload)
    assert (first.status_code, again.status_code, again.json) == (201, 200, first.json)
    assert user.complete(upload).json == first.json  # Its staged bytes are gone by now.


def test_unblocked_bytes_are_published_again(user: User, run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "known.png").write_bytes(SMALL)
    file = str(tmp_path / "known.png")
    assert run("block", file).output == f"{sha256(SMALL)}: blocked\n"
    assert user.complete(user.stage(SMALL, "image/png")).json["code"] == "blocked"
    assert run("unblock", file).output == f"{sha256(SMALL)}: unblocked\n"
    assert run("unblock", sha256(SMALL).upper()).output == f"{sha256(SMALL)}: was not blocked\n"
    user.publish(SMALL, "image/png")


def test_list_of_one_server_blocks_on_another(user: User, run: Callable[..., Result]) -> None:
    digests = sorted(sha256(data) for data in (SMALL, LARGE))
    run("block", *digests)
    lines = run("blocked").output
    assert [line.split()[1] for line in lines.splitlines()] == digests
    run("unblock", "-", input=lines)
    assert run("blocked").output == ""
    done = run("block", "-", input=lines)
    assert (done.exit_code, done.output) == (0, "".join(f"{digest}: blocked\n" for digest in digests))


def test_bytes_that_are_gone_can_not_be_blocked_by_their_link(user: User, run: Callable[..., Result]) -> None:
    first, second = (user.publish(SMALL, "image/png")["viewURL"] for _ in range(2))
    run("delete", first)
    done = run("block", first, second)
    # What came behind it is blocked all the same.
    assert done.exit_code == 1
    assert "its bytes are gone: block a file of them" in done.stderr
    assert f"deleted; blocked {sha256(SMALL)}" in done.stdout


def test_strangers_learn_nothing_of_the_list_and_expire_leaves_it(
    app: Flask, run: Callable[..., Result], moderated: Config
) -> None:
    run("block", sha256(SMALL))
    base = f"{moderated.s3_endpoint_url}/{moderated.s3_bucket}"
    assert requests.get(f"{base}/blocked/{sha256(SMALL)}", timeout=60).status_code == 403
    assert requests.get(f"{base}?prefix=blocked/", timeout=60).status_code == 403
    app.test_cli_runner().invoke(args=["storage", "expire"])
    assert sha256(SMALL) in run("blocked").output


def test_refresh_is_what_the_documents_say() -> None:
    page = (Path(__file__).parents[2] / "docs" / "moderation.md").read_text()
    assert f"after {blocklist.REFRESH} seconds at most" in page
    assert f"up to {HEAD_BYTES // 1024} KiB" in page


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_blocked_picture_is_refused_in_one_request_too(app: Flask, data: bytes) -> None:
    client = app.test_client()
    post = functools.partial(client.post, "/uploads?keep=metadata", data=data, content_type="image/png")
    taken = post()
    assert taken.status_code == 201
    services(app).storage.blocklist.add(sha256(data))
    refused = post()
    assert (refused.status_code, refused.json["code"]) == (422, "blocked")
